"""The report of a refresh: what was checked, what is gone, and who disappeared, in counts. JSON, and a page of text.

It names no record. The counts of a stratum with few records are hidden; the ids are in gone.json alone.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from ttdata.comply.loss import Cell
from ttdata.comply.subjects import CATEGORIES, NOUNS, Category
from ttdata.comply.tombstones import Tombstone
from ttdata.study.platform_terms import PlatformTerms
from ttdata.text import count, folded

FORMAT = 1
# Of what is gone, each record is in one of the three columns after it.
_COLUMNS = {
    "checked": "checked",
    "gone": "gone",
    "first miss": "first",
    "once more": "again",
    "confirmed": "lost",
    "came back": "back",
}
NO_ADVICE = "The duration is what the study states about TikTok's terms. This is no legal advice."


@dataclass(frozen=True)
class Found:
    """What a refresh found of one category, in numbers.

    gone: what the API did not return; of these `first` were missed for the first time, `again` once more but too soon
    to confirm the loss, and `lost` are confirmed. back: missed before, and returned now.
    reasons: why accounts were not disclosed.
    """

    checked: int
    gone: int
    first: int
    again: int
    lost: int
    back: int
    reasons: Mapping[str, int]


def found(
    ids: Collection[str],
    gone: Collection[str],
    before: Mapping[str, Tombstone],
    after: Mapping[str, Tombstone],
    reasons: Collection[str] = (),
) -> Found:
    """Count a category. before, after: the tombstones of ids before and after this refresh."""
    states = Counter(after[each].state if each in after else "missed" for each in gone)
    first = sum(each not in before or bool(before[each].back) for each in gone)
    back = sum(not tombstone.back for record, tombstone in before.items() if record not in gone)
    return Found(
        len(ids),
        len(gone),
        first,
        states["missed"] - first,
        states["lost"],
        back,
        dict(sorted(Counter(reasons).items())),
    )


def content(
    dataset: str,
    terms: PlatformTerms,
    times: tuple[str, str],
    numbers: Mapping[Category, Found],
    cells: Sequence[Cell],
    unchecked: Mapping[str, int],
    sent: Mapping[str, int],
    k: int,
) -> dict[str, Any]:
    """The report as JSON. times: when it began and ended; sent: requests by endpoint."""
    return {
        "format": FORMAT,
        "dataset": dataset,
        "began": times[0],
        "ended": times[1],
        "terms": {"refresh_days": terms.refresh_days, "version": terms.version or None, "tombstone": terms.tombstone},
        "due": terms.duration,
        "requests": dict(sent),
        "found": {category: asdict(each) for category, each in numbers.items()},
        "not_checked": dict(unchecked),
        "k": k,
        "loss": [asdict(cell) for cell in cells],
        "note": NO_ADVICE,
    }


def text(report: Mapping[str, Any]) -> str:
    """The page."""
    lines = [f"{report['dataset']}: refresh of {report['began'][:10]}", ""]
    lines += [f"  {'':10} " + " ".join(f"{title:>10}" for title in _COLUMNS)]
    for category in CATEGORIES:
        each = report["found"][category]
        if each["checked"]:
            numbers = " ".join(f"{each[name]:10,}" for name in _COLUMNS.values())
            lines.append(f"  {NOUNS[category] + 's':10} {numbers}")
    lines += ["", *map(folded, _sentences(report))]
    hidden = []
    for (category, dimension), cells in groupby(report["loss"], key=lambda each: (each["category"], each["dimension"])):
        rows, title = list(cells), f"{NOUNS[category].capitalize()}s by {dimension}"
        if all(each["checked"] is None for each in rows):
            hidden.append(f"{title[0].lower()}{title[1:]}")
        else:
            lines += ["", f"{title:38} {'checked':>9} {'gone':>9}  {'share':>6}"]
            lines += [_row(each, report["k"]) for each in rows]
    if hidden:
        what = f"Not shown, since too few are gone (fewer than {report['k']} in a cell, or in what it leaves over): "
        lines += ["", folded(f"{what}{', '.join(hidden)}.")]
    return "\n".join([*lines, ""])


def _sentences(report: Mapping[str, Any]) -> list[str]:
    sentences = []
    if reasons := report["found"]["user"]["reasons"]:
        listed = ", ".join(f"{number:,} {reason}" for reason, number in reasons.items())
        sentences.append(f"Accounts that TikTok does not disclose any more: {listed}. They may have been renamed.")
    if tables := report["not_checked"]:
        listed = ", ".join(f"{table} ({count(rows, 'row')})" for table, rows in tables.items())
        sentences.append(
            f"Not checked, since TikTok has no request for it: {listed}. Collect these again to learn what is left."
        )
    due = f"A refresh is due {report['due']}. " if report["due"] else ""
    sentences.append(f"Requests sent: {sum(report['requests'].values()):,}. {due}{NO_ADVICE}")
    return sentences


def _row(cell: Mapping[str, Any], k: int) -> str:
    stratum = str(cell["stratum"])[:36]
    if cell["checked"] is None:
        return f"  {stratum:36} not shown: fewer than {k} in it or another"
    return f"  {stratum:36} {cell['checked']:9,} {cell['gone']:9,}  {cell['gone'] / cell['checked']:6.1%}"
