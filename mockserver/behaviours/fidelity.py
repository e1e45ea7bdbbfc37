"""How well each behaviour of the mock is known, and from which source: behaviours.yaml, refusals.py, quirks.py."""

from collections import Counter
from dataclasses import dataclass
from importlib.resources import files

import yaml

from mockserver.behaviours.quirks import QUIRKS
from mockserver.behaviours.refusals import RULES

KINDS = {
    "documented": "in TikTok's documents",
    "recorded": "in a stored answer of the real API",
    "reported": "by users, papers, or the code of clients",
    "assumed": "unknown, so our own choice",
}


@dataclass(frozen=True)
class Behaviour:
    """Something that the mock does. test: `file::function`, with the file anywhere below tests/mockserver."""

    name: str
    kind: str
    says: str
    source: str
    test: str


def behaviours() -> list[Behaviour]:
    """Every behaviour. Raises KeyError for a rule of refusals.py that behaviours.yaml has no test for."""
    table = yaml.safe_load(files(__package__).joinpath("behaviours.yaml").read_text("utf-8"))
    rows = [Behaviour(name, **row) for name, row in table["behaviours"].items()]
    rows += [
        Behaviour(
            f"refusal {name}",
            rule.kind,
            f"{rule.status} {rule.code}: {rule.message}",
            rule.source,
            table["rules"][name],
        )
        for name, rule in RULES.items()
    ]
    rows += [
        Behaviour(f"quirk {name}", quirk.kind, quirk.about, quirk.source, table["quirks"])
        for name, quirk in QUIRKS.items()
    ]
    return rows


def report(kind: str | None = None) -> str:
    """The number of behaviours of each kind; with a kind, all behaviours of it."""
    rows = behaviours()
    if kind:
        return "\n".join(
            f"{row.name}: {row.says}\n    {row.source}\n    {row.test}" for row in rows if row.kind == kind
        )
    counts = Counter(row.kind for row in rows)
    lines = [f"{name:<11} {counts[name]:>4}   {meaning}" for name, meaning in KINDS.items()]
    total = f"{'total':<11} {len(rows):>4}   each with a source and a test"
    compared = "None of this has been compared with the real API. If you have credentials: tiktok-mock conform"
    return "\n".join([*lines, total, compared])
