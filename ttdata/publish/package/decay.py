"""How much of a package's dataset was still there when its ids were requested again, in four measures.

The measures are those of Zubiaga (arXiv 1709.09186), as far as a package without texts allows: completeness by stratum;
representativity, how well the strata kept their shares; similarity of the hashtags used; changingness of the counts.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt

import duckdb

from ttdata.publish.package.aggregates import AGGREGATES, SUMS
from ttdata.publish.package.verify import Package
from ttdata.tables.stored import stored_tables

_OTHER = "unknown"


@dataclass(frozen=True)
class Decay:
    """What came back. tables: title, headings and rows, as texts."""

    requested: int
    found: int
    measures: dict[str, float]
    tables: list[tuple[str, Sequence[str], Sequence[Sequence[str]]]]


def decay_of(package: Package, con: duckdb.DuckDBPyConnection) -> Decay:
    """Compare a package with a dataset that was built from its ids."""
    rows = list(csv.DictReader(io.StringIO(package.text("ids/videos.csv.gz"))))
    back = {row[0] for row in con.execute("SELECT id::VARCHAR FROM videos").fetchall()}
    found = [row for row in rows if row["id"] in back]
    months, slices = _counts(rows, found, _month), _counts(rows, found, lambda row: row["slice"] or _OTHER)
    measures = {
        "completeness": _share(len(found), len(rows)),
        "representativity by month": _overlap(months),
        "representativity by slice": _overlap(slices),
    }
    tables = [_table("Completeness by month", "month", months), _table("Completeness by slice", "slice", slices)]
    if (regions := _published(package, "videos_by_region")) and (now := _now(con, "videos_by_region")):
        both = {region: (old["n"], now.get(region, {}).get("n", 0)) for region, old in regions.items()}
        measures["representativity by region"] = _overlap(both)
        tables.append(_table("Completeness by region", "region", both))
    if (hashtags := _published(package, "hashtags")) and (now := _now(con, "hashtags")):
        measures["similarity of hashtags"] = _cosine(
            {name: old["n"] for name, old in hashtags.items()}, {name: each["n"] for name, each in now.items()}
        )
    if (published := _published(package, "videos_by_month")) and (now := _now(con, "videos_by_month")):
        changes = _changes(published, now)
        measures |= {f"changingness of {name}": change for name, change in changes.items()}
    return Decay(len(rows), len(found), measures, tables)


def _month(row: Mapping[str, str]) -> str:
    """The month in the id, whose upper 32 bits are a time a moment before posting."""
    return datetime.fromtimestamp(int(row["id"]) >> 32, UTC).strftime("%Y-%m")


def _counts(
    rows: Iterable[Mapping[str, str]], found: Iterable[Mapping[str, str]], stratum: Callable[[Mapping[str, str]], str]
) -> dict[str, tuple[int, int]]:
    """Of each stratum how many were requested, and how many came back."""
    before, after = Counter(map(stratum, rows)), Counter(map(stratum, found))
    return {name: (before[name], after[name]) for name in sorted(before)}


def _table(
    title: str, head: str, counts: Mapping[str, tuple[int, int]]
) -> tuple[str, Sequence[str], Sequence[Sequence[str]]]:
    body = [(name, f"{old:,}", f"{new:,}", f"{_share(new, old):.1%}") for name, (old, new) in counts.items()]
    return title, (head, "requested", "found", "share"), body


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _overlap(counts: Mapping[str, tuple[int, int]]) -> float:
    """How much of two distributions is the same: 1 if each stratum has kept its share of all."""
    old, new = (sum(each[side] for each in counts.values()) for side in (0, 1))
    return sum(min(_share(a, old), _share(b, new)) for a, b in counts.values()) if old and new else 0.0


def _cosine(old: Mapping[str, int], new: Mapping[str, int]) -> float:
    """The cosine of two lists of counts, over the hashtags that the package has."""
    product = sum(number * new.get(name, 0) for name, number in old.items())
    lengths = sqrt(sum(number**2 for number in old.values())) * sqrt(sum(new.get(name, 0) ** 2 for name in old))
    return _share(product, lengths)


def _changes(old: Mapping[str, Mapping[str, int]], new: Mapping[str, Mapping[str, int]]) -> dict[str, float]:
    """By what share the counts of a video have changed on average, over the months that the package has."""
    months = [month for month in old if month in new]
    videos = [sum(each[month]["n"] for month in months) for each in (old, new)]
    changes = {}
    for name in SUMS:
        before, after = (
            _share(sum(each[month].get(name, 0) for month in months), number)
            for each, number in zip((old, new), videos, strict=True)
        )
        if before:
            changes[name] = after / before - 1
    return changes


def _published(package: Package, name: str) -> dict[str, dict[str, int]]:
    """The cells of a table of counts of a package, by their first column."""
    if not package.has(f"aggregates/{name}.csv"):
        return {}
    rows = csv.DictReader(io.StringIO(package.text(f"aggregates/{name}.csv")))
    key = AGGREGATES[name].by[0]
    return {row[key]: {column: int(row[column]) for column in row if column != key} for row in rows}


def _now(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, dict[str, int]]:
    """The same for a dataset, small cells included."""
    tables = set(stored_tables(con))
    each = AGGREGATES[name]
    if not tables.issuperset(each.needs.split()):
        return {}
    columns = [*each.by, "n", "accounts", *each.sums]
    rows = con.execute(f"SELECT {', '.join(columns)} FROM ({each.query})").fetchall()
    return {str(row[0]): dict(zip(columns[1:], (value or 0 for value in row[1:]), strict=True)) for row in rows}
