"""Writes docs/mock-probes.md, what a comparison asks and what it cannot, from its tables. Run by `make docs`."""

from pathlib import Path

from mockserver.behaviours.fidelity import behaviours
from mockserver.conform.probes import ANY, PROBES, Probe, not_asked
from mockserver.conform.requests import ROWS

PAGE = Path(__file__).with_name("mock-probes.md")
HEAD = """# What a comparison asks

Generated from the tables of `mockserver/conform` by `make docs`. [mock-conform.md](mock-conform.md) explains it.

Each behaviour of the mock that is assumed or reported has a probe, or a reason why it has none. The mock's answer
confirms a behaviour, one of the others contradicts it, and any other answer decides nothing.

| behaviour | known as | requests | the mock's answer | others |
| --- | --- | --- | --- | --- |
"""
REASONS = """
## Not asked

| behaviour | known as | why |
| --- | --- | --- |
"""
REQUESTS = """
## Requests

In this order. One that stands for another is sent only if that one was not answered.

| name | path | sent |
| --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    kinds = {row.name: row.kind for row in behaviours()}
    probes = [_probe(name, kinds[name], probe) for probe in PROBES for name in probe.behaviours]
    reasons = [f"| {name} | {kinds[name]} | {reason} |\n" for name, reason in not_asked().items()]
    requests = [
        f"| {row.name} | `{row.method} {row.url_path}` | {f'instead of {row.unless}' if row.unless else 'always'} |\n"
        for row in ROWS
    ]
    return "".join([HEAD, *probes, REASONS, *reasons, REQUESTS, *requests])


def _probe(name: str, kind: str, probe: Probe) -> str:
    others = ", ".join("any other" if other == ANY else other for other in probe.others)
    return f"| {name} | {kind} | {', '.join(probe.requests)} | {probe.mock} | {others} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
