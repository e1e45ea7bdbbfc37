"""How far coders agree: the share of equal pairs, and Krippendorff's alpha, for each column of a table of labels.

Both compare the codes that different coders gave to one item, so only items with two codes or more count.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import duckdb

from ttdata.build.labels import LabelTable
from ttdata.tables.declared import quoted

NOMINAL = "nominal"
EXTRA = 'pip install "ttdata[labels]"'
# The library compares all pairs of values for each item: 20 million cells take half a gigabyte.
_LARGEST = 20_000_000


@dataclass(frozen=True)
class Agreement:
    """The agreement about one column.

    items    items with two codes or more, by `coders` different coders in all; `pairs` pairs of codes of one item
    percent  the share of pairs that are equal; None if there are none
    alpha    Krippendorff's alpha at the level of measurement; None if it cannot be computed, and `note` says why
    """

    column: str
    level: str
    coders: int
    items: int
    pairs: int
    percent: float | None
    alpha: float | None
    note: str = ""


def agreement(con: duckdb.DuckDBPyConnection, labels: LabelTable) -> list[Agreement]:
    """The agreement about each column of a table of labels with several coders; [] for any other."""
    if labels.coder is None:
        return []
    columns = [name for name, *_ in con.execute(f"DESCRIBE {quoted(labels.name)}").fetchall()]
    own = (labels.item, "coder")
    return [_of_column(con, labels, column) for column in columns if column not in own]


def _of_column(con: duckdb.DuckDBPyConnection, labels: LabelTable, column: str) -> Agreement:
    name, level = quoted(column), labels.level.get(column, NOMINAL)
    rows = con.execute(
        f"SELECT list({name} ORDER BY coder), list(coder) FROM {quoted(labels.name)} WHERE {name} IS NOT NULL "
        f"GROUP BY {quoted(labels.item)} HAVING count(*) > 1 ORDER BY {quoted(labels.item)}"
    ).fetchall()
    items = [Counter(codes) for codes, _ in rows]
    pairs = sum(_pairs(sum(codes.values())) for codes in items)
    equal = sum(_pairs(number) for codes in items for number in codes.values())
    coders = {coder for _, some in rows for coder in some}
    result = Agreement(column, level, len(coders), len(items), pairs, equal / pairs if pairs else None, None)
    if note := _obstacle(items, level):
        return replace(result, note=note)
    try:
        return replace(result, alpha=_alpha(items, level))
    except ModuleNotFoundError as error:
        return replace(result, note=f"alpha needs the package {error.name}: {EXTRA}")


def _pairs(number: int) -> int:
    return number * (number - 1) // 2


def _obstacle(items: Sequence[Mapping[Any, int]], level: str) -> str:
    """Why alpha cannot be computed; "" if it can."""
    values = {value for codes in items for value in codes}
    if not items:
        return "no item has two codes"
    if len(values) == 1:
        return "all codes are equal, so alpha is not defined"
    if level != NOMINAL and (odd := _no_numbers(values)):
        return f"the level {level} needs numbers, but there is {odd[0][:40]!r}"
    if level == "ratio" and min(values) < 0:
        return "the level ratio needs numbers from 0 on"
    if len(items) * len(values) ** 2 > _LARGEST:
        return f"{len(values):,} different values are too many for codes"
    return ""


def _no_numbers(values: Iterable[object]) -> list[str]:
    """The values that make a column text, in order; all of them if each looks like a number, such as 007."""
    texts = sorted(str(value) for value in values if type(value) not in (int, float))
    return [text for text in texts if not text.isdecimal()] or texts


def _alpha(items: Sequence[Mapping[Any, int]], level: str) -> float:
    """Raises ModuleNotFoundError where the extra is not installed."""
    import krippendorff

    values = sorted({value for codes in items for value in codes})
    counts = [[codes.get(value, 0) for value in values] for codes in items]
    domain = list(range(len(values))) if level == NOMINAL else values
    measured = cast("Literal['nominal', 'ordinal', 'interval', 'ratio']", level)  # the schema allows no other
    return float(krippendorff.alpha(value_counts=counts, value_domain=domain, level_of_measurement=measured))
