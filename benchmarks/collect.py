"""Collecting, compared with a bare loop of `requests` that fetches the same pages, parses them and throws them away.

    python benchmarks/collect.py [ROUNDS]

Both run in a process of their own and send their requests to one mock server, in turn, ROUNDS times (5): one stream,
one connection, pages of up to 100 videos with all fields. The first round only fills caches and is left out. The
results are medians. Linux only.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import requests
from mock_process import MockProcess

KEY, SECRET = "mock:videos=1e6,quota=1000000", "mock-secret"
DATASET = {
    "videos": {"where": {"all": [{"region_code": ["US", "DE", "GB", "FR"]}]}, "during": ["2025-05-01", "2025-07-29"]}
}


def bare_loop(url: str, plan: Any) -> int:
    """Fetch the pages of all searches in a plan. Returns how many."""
    session, pages = requests.Session(), 0
    session.trust_env = False
    form = {"client_key": KEY, "client_secret": SECRET, "grant_type": "client_credentials"}
    token = session.post(f"{url}/v2/oauth/token/", data=form).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    for slice_ in plan.slices:
        body: dict[str, Any] = {**slice_.body, **slice_.period.request_dates(), "max_count": 100}
        while True:
            address = f"{url}/v2/research/video/query/?fields={','.join(slice_.fields)}"
            data = session.post(address, json=body).json()["data"]
            pages += 1
            if not data["has_more"]:
                break
            body |= {"cursor": data["cursor"], "search_id": data["search_id"]}
    return pages


def collected(url: str, plan: Any) -> int:
    """Collect all searches of a plan. Returns the number of requests."""
    from ttapi import Client, Credentials, Ledger
    from ttdata.collect.slices import collect_slice

    ledger = Ledger("ledger.sqlite", limits={"general": 1_000_000})
    credentials = Credentials(KEY, SECRET)
    return sum(
        collect_slice(
            plan, slice_, lambda on_answer: Client(url, credentials=credentials, ledger=ledger, on_answer=on_answer)
        ).requests
        for slice_ in plan.slices
    )


def one_run(what: str, url: str) -> None:
    """Print the pages, the seconds and the seconds of CPU time of one side, as JSON."""
    from ttdata.plan.plan import Plan
    from ttdata.study.study import Study

    study = {"study": "speed", "api": {"base_url": url}, "datasets": {"speed": DATASET}}
    plan = Plan.of(Study.check(study, today=date(2026, 6, 1), base=Path()))
    start, cpu = time.perf_counter(), time.process_time()
    pages = {"loop": bare_loop, "collect": collected}[what](url, plan)
    print(json.dumps([pages, time.perf_counter() - start, time.process_time() - cpu]))


def measure(what: str, url: str) -> tuple[int, float, float]:
    root = Path(__file__).parents[1]
    with TemporaryDirectory() as folder:
        environment: Mapping[str, str] = os.environ | {"PYTHONPATH": str(root), "TIKTOK_TRUSTED_HOST": ""}
        command = [sys.executable, str(Path(__file__).absolute()), what, url]
        result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    pages, seconds, cpu = json.loads(result.stdout)
    return pages, seconds, cpu


def main(rounds: int = 5) -> None:
    results: dict[str, list[tuple[int, float, float]]] = {"loop": [], "collect": []}
    with MockProcess(1_000_000) as mock:
        for number in range(rounds + 1):
            for what, runs in results.items():
                run = measure(what, f"http://127.0.0.1:{mock.port}")
                runs += [run] if number else []
    pages = {runs[0][0] for runs in results.values()}
    assert len(pages) == 1, f"not the same pages: {pages}"
    count = pages.pop()
    print(f"{count:,} pages{'':<14}{'seconds':>10}{'ms per page':>14}{'CPU ms per page':>18}")
    for what, runs in results.items():
        seconds, cpu = (median(run[place] for run in runs) for place in (1, 2))
        print(f"{what:<22}{seconds:>10.2f}{seconds / count * 1_000:>14.2f}{cpu / count * 1_000:>18.2f}")
    ratios = [one[1] / other[1] for one, other in zip(results["collect"], results["loop"], strict=True)]
    print(f"collect / loop, median of {rounds} rounds: {median(ratios):.2f}")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        one_run(*sys.argv[1:])
    else:
        main(*map(int, sys.argv[1:]))
