"""An audit for people: a few lines for a terminal, and one page of HTML that needs nothing beside itself."""

import json
import math
import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from ttapi import Query
from ttdata import layout, stability
from ttdata.audit import FORMAT, audit, checks
from ttdata.errors import AuditFault, NotCollected, StorageFault
from ttdata.files import write_atomically
from ttdata.text import count

Report = Mapping[str, Any]

WIDTH = 80
MOST_REGIONS, MOST_QUERIES, MOST_VALUES, MOST_SLICES = 14, 8, 12, 200
LEVELS = 5


def make(name: str) -> Report:
    """Audit a dataset of the current folder and write both its reports. NotCollected if it is not built."""
    dataset = built(name)
    told = audit(dataset)
    report = {**told, "stability": stability.known(name, told["digest"])}
    try:
        write_atomically(layout.report(name), json.dumps(report, indent=1, ensure_ascii=False) + "\n")
        write_atomically(layout.page(name), page(report))
    except OSError as error:
        raise StorageFault(f"{error.filename} cannot be written: {error.strerror}.") from None
    return report


def built(name: str) -> Path:
    """The file of a dataset of the current folder. NotCollected if it is not built."""
    path = layout.dataset(name)
    if not path.exists():
        raise NotCollected(f"There is no {path}. Build it first, or give the name of another dataset.")
    return path


def read(path: Path) -> Report:
    """A report that was written before; StorageFault if the file is none."""
    try:
        report: Report = json.loads(path.read_text("utf-8"))
        if report["format"] == FORMAT:
            return report
    except (ValueError, KeyError, TypeError):
        pass
    raise StorageFault(f"{path} is no report of this version of ttdata. Delete it and build again.")


def refuse_faults(report: Report) -> None:
    """Raise AuditFault if a report holds a fault."""
    if report["counts"]["fault"]:
        faults = [f"{each['title']}: {_amount(each)}" for each in report["findings"] if each["severity"] == "fault"]
        raise AuditFault(report["dataset"], faults, layout.page(report["dataset"]))


def line(report: Report) -> str:
    """What a report says, in one line."""
    where = f": {layout.page(report['dataset'])}" if report["findings"] else ""
    return f"audit: {verdict(report['counts'])}{where}"


def verdict(counts: Mapping[str, int]) -> str:
    """How many faults, warnings and notes there are, in words."""
    told = [count(number, severity) for severity, number in counts.items() if number]
    return ", ".join(told) or "nothing to report"


def text(report: Report) -> str:
    """The report for a terminal, at most 80 columns wide."""
    lines = [f"{report['dataset']}: {verdict(report['counts'])}", ""]
    for step in report["flow"]:
        changes = [f"{-each['count']:,} {each['why']}" for each in step["changes"] if each["count"] < 0]
        lines.append(f"  {step['step']:10}{step['count']:>12,}   {'; '.join(changes)}".rstrip()[:WIDTH])
    if again := report["stability"]:
        told = f"{again['lost']:,} lost, {again['added']:,} added, {again['changed']:,} changed"
        lines += ["", f"  asked {again['passes']} times: Jaccard {again['jaccard']:.3f} ({told})"]
    for finding in report["findings"]:
        lines += ["", *_wrapped(f"{finding['severity'].upper()}: {finding['title']}. {_amount(finding)}.", "  ", "  ")]
        lines += _wrapped(f"{finding['means']} {finding['do']}", "    ", "    ")
        shown = [": ".join(filter(None, [each["id"], each["found"]])) for each in finding["examples"]]
        lines += [f"    - {each}"[:WIDTH] for each in shown]
    return "\n".join([*lines, ""])


def _wrapped(words: str, first: str, then: str) -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=first, subsequent_indent=then)


def _amount(finding: Mapping[str, Any]) -> str:
    if finding["of"] is None:
        return f"{finding['count']:,} {finding['unit'].removesuffix('s' * (finding['count'] == 1))}"
    return f"{finding['count']:,} of {finding['of']:,} {finding['unit']}"


def page(report: Report) -> str:
    """The report as one page of HTML. Whatever came from the API or from a file is escaped."""
    return _template().render(
        report=report,
        verdict=verdict(report["counts"]),
        amount=_amount,
        titles={each.name: each.title for each in checks()},
        asked=[_asked(each) for each in report["queries"][:MOST_QUERIES]],
        more_asked=max(0, len(report["queries"]) - MOST_QUERIES),
        heat=heat_map(report),
        slices=report["slices"][:MOST_SLICES],
        more_slices=max(0, len(report["slices"]) - MOST_SLICES),
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters["number"] = lambda value: "" if value is None else f"{value:,}"
    return environment.from_string(files("ttdata").joinpath("report.html").read_text("utf-8"))


def _asked(row: Mapping[str, Any]) -> dict[str, Any]:
    """One query in words, long lists shortened."""
    body = {group: [_shortened(each) for each in conditions] for group, conditions in row["query"].items()}
    first, last = (f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in (row["first"], row["last"]))
    words = Query.from_body(body).explain().replace("@one of", "one of").replace("the id one of", "one of")
    return {"words": words, "first": first, "last": last, "searches": row["searches"]}


def _shortened(condition: Mapping[str, Any]) -> dict[str, Any]:
    values = list(condition["field_values"])
    if len(values) > MOST_VALUES and condition["field_name"] != "region_code":
        values = [*values[:MOST_VALUES], f"{len(values) - MOST_VALUES:,} more"]
    return {**condition, "field_values": values}


@dataclass(frozen=True)
class Row:
    """One region of a heat map: its cells are (start of the bin, videos, level); a bin not asked for has level None."""

    region: str
    total: int
    cells: Sequence[tuple[str, int, int | None]]


@dataclass(frozen=True)
class HeatMap:
    """Videos by day, week or month, and by region. Level 0 is nothing, 5 the most; steps are even in logarithm."""

    unit: str
    most: int
    rows: Sequence[Row]
    bins: Sequence[str]

    @property
    def marks(self) -> list[tuple[int, str]]:
        """Where a month begins, or a year where the bins are months, and its name; not too close to each other."""
        length = 4 if self.unit == "month" else 7
        new = [n for n, start in enumerate(self.bins) if n == 0 or start[:length] != self.bins[n - 1][:length]]
        apart: list[int] = []
        for n in new:
            if not apart or n - apart[-1] >= 6:
                apart.append(n)
        return [(n, self.bins[n][:length]) for n in apart]

    @property
    def steps(self) -> list[int]:
        """The fewest videos of each level from 1 on."""
        return _steps(self.most)


def heat_map(report: Report) -> HeatMap | None:
    """The coverage of a report by region; None if it has no video."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for each in report["coverage"]:
        found[each["region"] or "none"][each["start"]] = each["videos"]
    if not found:
        return None
    unit = report["coverage"][0]["unit"]
    periods = [(date.fromisoformat(each["start"]), date.fromisoformat(each["end"])) for each in report["periods"]]
    bins = _bins(unit, periods, {start for row in found.values() for start in row})
    asked = {each.isoformat(): _overlaps(each, unit, periods) for each in bins}
    ranked = sorted(found, key=lambda region: (-sum(found[region].values()), region))
    if len(ranked) > MOST_REGIONS:
        others = f"{len(ranked) - MOST_REGIONS + 1} others"
        for region in ranked[MOST_REGIONS - 1 :]:
            for start, videos in found[region].items():
                found[others][start] = found[others].get(start, 0) + videos
        ranked = [*ranked[: MOST_REGIONS - 1], others]
    most = max(max(found[region].values()) for region in ranked)
    steps = _steps(most)

    def row(region: str) -> Row:
        videos = {start: found[region].get(start, 0) for start in asked}
        cells = [
            (start, n, sum(n >= step for step in steps) if n or asked[start] else None) for start, n in videos.items()
        ]
        return Row(region, sum(videos.values()), cells)

    return HeatMap(unit, most, [row(region) for region in ranked], list(asked))


def _steps(most: int) -> list[int]:
    return [math.ceil(most ** (level / LEVELS) - 1e-9) for level in range(LEVELS)]


def _bins(unit: str, periods: Sequence[tuple[date, date]], found: set[str]) -> list[date]:
    """Starts of all days, weeks or months that were asked for or have a video."""
    days = [day for period in periods for day in period] + [date.fromisoformat(start) for start in found]
    start, last = _truncated(min(days), unit), max(days)
    bins = []
    while start <= last:
        bins.append(start)
        start = _following(start, unit)
    return bins


def _truncated(day: date, unit: str) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(day.weekday()) if unit == "week" else day


def _following(start: date, unit: str) -> date:
    if unit == "month":
        return (start + timedelta(31)).replace(day=1)
    return start + timedelta(7 if unit == "week" else 1)


def _overlaps(start: date, unit: str, periods: Sequence[tuple[date, date]]) -> bool:
    end = _following(start, unit) - timedelta(1)
    return any(first <= end and start <= last for first, last in periods)
