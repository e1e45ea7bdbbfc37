"""The proof page: what was claimed, how often it was tried, and what failed."""

from collections.abc import Iterator, Mapping

from tests.proof.results import Stored
from tests.proof.rows import ROWS

_HEAD = """# Proof

Printed by `make proof`. Each row is a claim, tried as often as it says: `make proof ROWS=soak` tries one again. All of
them take hours. No trial used the real API.

| claim | row | trials | failed | minutes | run (UTC) | commit |
|---|---|---|---|---|---|---|
"""


def page(stored: Mapping[str, Stored]) -> str:
    """The whole page."""
    return _HEAD + "".join(_lines(stored)) + "".join(_sections(stored))


def _lines(stored: Mapping[str, Stored]) -> Iterator[str]:
    for row in ROWS:
        if each := stored.get(row.name):
            result = each.result
            yield (
                f"| {row.claim} | `{row.name}` | {result.trials:,} | {len(result.failures):,} | {each.minutes:.1f} | "
                f"{each.at} | {each.commit} |\n"
            )
        else:
            yield f"| {row.claim} | `{row.name}` | not run | | | | |\n"


def _sections(stored: Mapping[str, Stored]) -> Iterator[str]:
    machines = sorted({each.machine for each in stored.values()})
    seeds = sorted({each.seed for each in stored.values()})
    yield f"\nMachine: {'; '.join(machines)}. Seed: {', '.join(map(str, seeds))}.\n"
    yield from _list("Failures", {name: each.result.failures for name, each in stored.items()})
    yield from _list("Notes", {name: each.result.notes for name, each in stored.items()})
    for row in ROWS:
        if row.name in stored and (details := stored[row.name].result.details):
            yield f"\n## Details of {row.name}\n\n```diff\n" + "\n".join(details) + "\n```\n"


def _list(title: str, sentences: Mapping[str, list[str]]) -> Iterator[str]:
    if any(sentences.values()):
        yield f"\n## {title}\n\n"
    for row in ROWS:
        yield from (f"* `{row.name}`: {sentence}\n" for sentence in sentences.get(row.name, []))
