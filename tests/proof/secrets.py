"""Builds that fail in twenty ways leave no secret and no token in any file, packed ones included."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mockserver.behaviours.faults import scenarios
from tests.proof.result import Result
from tests.support import MOCK_SECRET, small_study, snakemake
from ttdata.matching.pieces import pieces_of

WRONG = "a-wrong-secret-0x5eed"
_TOKEN = re.compile(r"clt\.[A-Za-z0-9_!.-]{20,}")
_QUIRKS = (
    *("mostly-down", "tires", "dead-periods", "empty-success", "broken-bodies", "echoed-secrets", "gateway-timeout"),
    *("short-rate-limit", "user-500"),
)


def ways() -> Iterator[tuple[str, str]]:
    """The client key and the secret of each."""
    yield from ((f"mock:scenario={name}", MOCK_SECRET) for name in scenarios())
    yield from ((f"mock:quirks={name}", MOCK_SECRET) for name in _QUIRKS)
    yield from ((f"mock:{option}", MOCK_SECRET) for option in ("quota=3", "unapproved"))
    yield "mock", WRONG


def no_secret_in_any_file(trials: int, seed: int) -> Result:
    """trials: ways at most."""
    result = Result()
    for key, secret in list(ways())[: trials or None]:
        with tempfile.TemporaryDirectory() as folder:
            outcome = snakemake(
                small_study(), Path(folder, "study"), key=f"{key},seed={seed}" if ":" in key else key, secret=secret
            )
            found = sorted(_leaks(Path(folder)))
        if _TOKEN.search(outcome.said) or secret in outcome.said:
            found.append("the terminal")
        result.check(not found, f"{key}: {', '.join(found)}")
    return result


def _leaks(folder: Path) -> Iterator[str]:
    for path in filter(Path.is_file, folder.rglob("*")):
        texts = [path.read_bytes().decode("utf-8", "ignore"), *(piece.text or "" for piece in pieces_of(path, ""))]
        if any(_TOKEN.search(text) or WRONG in text or MOCK_SECRET in text for text in texts):
            yield path.relative_to(folder).as_posix()
