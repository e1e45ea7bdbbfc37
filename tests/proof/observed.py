"""Builds against everything that users have observed at once: complete, with few requests that a client could avoid.

About half of all answers fail here, which no client can avoid. Wasted is a request that is refused for what it says, or
that had a good answer before. With its usual limit of ten failures a day, a slice would need many days.
"""

from typing import Any

from mockserver.adapters.requests_mock import BASE_URL
from tests.proof.result import Result
from tests.proof.server import connected, new_folder
from tests.support import FOLDER
from tests.ttdata.worlds import collect_study
from ttapi import Answer, TikTokError
from ttdata.build.dataset import build
from ttdata.errors import Fault

NAME = "observed"
DAYS, WASTE = 3, 0.05


def observed_quirks(trials: int, seed: int) -> Result:
    """trials: worlds."""
    result = Result()
    sent = wasted = failed = 0
    for number in range(trials):
        days, answers = _build(seed * 1_000 + number)
        sent += len(answers)
        wasted += _wasted(answers)
        failed += sum(answer.code != "ok" for answer in answers)
        result.check(days <= DAYS, f"world {number}: not complete after {DAYS} days")
    result.check(wasted <= WASTE * sent, f"{wasted} of {sent} requests were wasted")
    shares = [100 * number / max(1, sent) for number in (failed, wasted)]
    result.notes.append(f"{sent:,} requests: {shares[0]:.1f} % failed, {shares[1]:.1f} % were refused or repeated")
    return result


def _wasted(answers: list[Answer]) -> int:
    """Requests that were refused for what they say, or that had a good answer before."""
    seen, wasted = set[str](), 0
    for answer in answers:
        request = f"{answer.endpoint} {sorted(answer.body.items(), key=str)}"
        is_refused = answer.status is not None and 400 <= answer.status < 429
        wasted += is_refused or request in seen
        if answer.code == "ok":
            seen.add(request)
    return wasted


def _build(seed: int) -> tuple[int, list[Answer]]:
    """The days until the study was complete, and all answers."""
    answers: list[Answer] = []
    with new_folder(), connected(f"quirks=observed,seed={seed}", answers) as (connect, server):
        for day in range(1, DAYS + 1):
            for _ in range(3):
                try:
                    build(collect_study(_study(), connect), NAME, FOLDER.dataset(NAME))
                except (Fault, TikTokError):
                    continue
                return day, answers
            server.move_clock("+1d")
    return DAYS + 1, answers


def _study() -> dict[str, Any]:
    videos = {"where": {"all": [{"region_code": ["US", "GB", "DE", "FR"]}]}, "during": ["2025-01-01", "2025-02-28"]}
    sources = {
        "videos": videos,
        "comments": {"of": "videos", "top": {"by": "view_count", "k": 60}},
        "users": {"of": "videos", "top": {"by": "view_count", "k": 60}},
        "followers": {"of": "users", "top": {"by": "follower_count", "k": 10}, "max": 500},
    }
    limits = {"failures": {"per_slice": 1_000}}
    return {"study": NAME, "api": {"base_url": BASE_URL}, "datasets": {NAME: sources}} | limits
