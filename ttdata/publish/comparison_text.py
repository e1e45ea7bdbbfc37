"""A comparison of two datasets for a terminal, at most 80 columns wide."""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from ttdata.publish.comparison import Comparison, Example, TableChange, Values
from ttdata.text import count, printable, shortened

_WIDTH = 80
_TABLE = 24
_VALUE = 24


def comparison_text(comparison: Comparison, first: Path, second: Path) -> str:
    """The tables with what differs in each, then examples, then the result."""
    lines = [f"A  {first}", f"B  {second}", "", *_overview(comparison), ""]
    for each in comparison.tables:
        details = list(_details(each))
        if details:
            lines += [each.table, *(f"  {shortened(line, _WIDTH - 2)}" for line in details), ""]
    return "\n".join([*lines, _result(comparison)])


def _overview(comparison: Comparison) -> Iterator[str]:
    width = min(_TABLE, max(len(each.table) for each in comparison.tables))
    yield f"{'table':{width}} {'rows in A':>10} {'rows in B':>10} {'added':>9} {'removed':>9} {'changed':>9}"
    for each in comparison.tables:
        numbers = [_number(each.before, 10), _number(each.after, 10)]
        if each.is_equal:
            numbers += ["    equal"]
        elif each.before is not None and each.after is not None:
            numbers += [_number(each.added, 9), _number(each.removed, 9), _number(each.changed, 9)]
        yield f"{shortened(each.table, width):{width}} {' '.join(numbers)}".rstrip()


def _number(number: int | None, width: int) -> str:
    return f"{'-' if number is None else f'{number:,}':>{width}}"


def _details(table: TableChange) -> Iterator[str]:
    if table.before is None or table.after is None:
        yield f"only in {'B' if table.before is None else 'A'}"
        return
    for each in table.types:
        if each.before and each.after:
            yield f"{each.column} is {each.before} in A and {each.after} in B; its values are not compared"
        else:
            yield f"{each.column} is only in {'A' if each.before else 'B'}"
    for column in table.columns:
        yield f"{column.column}: {count(column.rows, 'row')} changed"
        yield from (f"  {_change(example)}" for example in column.examples)
    for word, rows in (("added", table.examples_added), ("removed", table.examples_removed)):
        yield from (f"{word}: {_row(row)}" for row in rows)


def _change(example: Example) -> str:
    before, after = _from_difference(example.before, example.after)
    return f"{_row(example.key)}: {_value(before)} -> {_value(after)}"


def _from_difference(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Two values without most of their common beginning, if that would be all that can be shown of them."""
    if before is None or after is None:
        return before, after
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    if same < _VALUE // 2 or max(len(before), len(after)) <= _VALUE:
        return before, after
    start = same - _VALUE // 4
    return f"…{before[start:]}", f"…{after[start:]}"


def _row(values: Values) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in values.items())


def _value(value: str | None) -> str:
    return "NULL" if value is None else shortened(printable(value), _VALUE) or "''"


def _result(comparison: Comparison) -> str:
    different = sum(not each.is_equal for each in comparison.tables)
    if not different:
        return "Equal: all tables have the same data."
    return f"Different: {different} of {count(len(comparison.tables), 'table')}."
