"""What a report says about each behaviour of the mock, as text."""

from collections import Counter
from collections.abc import Mapping

from mockserver.behaviours.fidelity import KINDS, Behaviour, behaviours
from mockserver.conform.probes import Probe, not_asked
from mockserver.conform.report import Report
from mockserver.endpoints.addresses import API_HOST

CONFIRMED, CONTRADICTED = "confirmed", "contradicted"


def verdicts(report: Report) -> dict[str, tuple[str, Probe, str]]:
    """By behaviour that is decided: its verdict, and the probe and the answer that decide it."""
    decided: dict[str, tuple[str, Probe, str]] = {}
    for probe, answer, verdict in report.verdicts():
        for name in probe.behaviours if verdict else ():
            if decided.get(name, ("",))[0] != CONTRADICTED:
                decided[name] = verdict, probe, answer
    return decided


def verdict_text(report: Report, name: str) -> str:
    """The behaviours by what is known of them now. name: of the report's file."""
    rows, decided = behaviours(), verdicts(report)
    counts = Counter(row.kind for row in rows if row.name not in decided)
    found = Counter(verdict for verdict, _, _ in decided.values())
    lines = [f"{kind:<11} {counts[kind]:>4}   {meaning}" for kind, meaning in KINDS.items()]
    lines += [
        f"{'decided':<11} {len(decided):>4}   by {name}",
        f"{'total':<11} {len(rows):>4}",
        "",
        f"{name}: the mock, compared with {_whom(report)}",
        f"{CONFIRMED} {found[CONFIRMED]}",
        f"{CONTRADICTED} {found[CONTRADICTED]}",
        *_contradictions(rows, decided),
        f"undecided {counts['assumed'] + counts['reported']}, assumed or reported; {len(not_asked())} cannot be asked",
        *_unforeseen(report),
    ]
    return "\n".join(lines)


def _unforeseen(report: Report) -> list[str]:
    """Answers that no probe expects: a person has to look at the report."""
    return [
        f"    {probe.name}: {answer!r} is an answer that nobody expected"
        for probe, answer, verdict in report.verdicts()
        if answer and not verdict
    ]


def _whom(report: Report) -> str:
    if report.server != API_HOST:
        return f"{report.server} on {report.day}. This says nothing about the real API."
    return f"{API_HOST} on {report.day}, as its sender says. Nobody else has checked it."


def _contradictions(rows: list[Behaviour], decided: Mapping[str, tuple[str, Probe, str]]) -> list[str]:
    return [
        f"    {row.name} ({row.kind}): the server's answer is {answer!r}, the mock's {probe.mock!r}.{_switch(row)}"
        for row in rows
        for verdict, probe, answer in [decided.get(row.name, ("", None, ""))]
        if verdict == CONTRADICTED and probe
    ]


def _switch(row: Behaviour) -> str:
    """How to make the mock behave so, if there is a switch."""
    kind, _, name = row.name.partition(" ")
    return f" The mock does it with --quirks {name}." if kind == "quirk" else ""
