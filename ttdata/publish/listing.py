"""The tables of a dataset and their first rows, for a terminal and for programs. Nobody needs SQL for a first look.

DuckDB draws the tables: it knows how wide characters are. What somebody else wrote cannot control the terminal.
"""

import json
import textwrap
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb

from ttdata.build.digest import PROVENANCE, data_tables, row_count
from ttdata.errors import Fault
from ttdata.publish.contents import Contents, Form, contents
from ttdata.publish.csv_text import csv_text
from ttdata.tables.columns import Column, Table
from ttdata.tables.declared import literal, quoted
from ttdata.tables.stored import stored_tables
from ttdata.text import REPLACEMENT, UNPRINTABLE, did_you_mean, printable

# How many characters of a text to show: as many as the columns leave space for.
_TEXT_WIDTHS = (60, 40, 30, 24, 16, 10)
_USUAL_WIDTH = 24
_ALL = 10**6
# The lines of a table that DuckDB draws, and how many are above and below its rows.
_BOX = ("┌", "│", "├", "└")
_LINES_AROUND = 5
_ON_SCREEN = Form(lists=True, ids_as_text=False)
_EXACT = Form(lists=True, json=True)


@dataclass(frozen=True)
class Choice:
    """Which rows to show: the first of a table, by its key or by another column; a leading - reverses the order."""

    table: str
    rows: int
    columns: Sequence[str] = ()
    order: str = ""


def tables_text(dataset: Path, width: int) -> str:
    """The tables with their rows and what they are, those of data first; then the names of the views."""
    with contents(dataset) as opened:
        groups = _groups(opened)
    views = [name for name, *_ in groups.pop("Views", [])]
    longest = max(len(name) for rows in groups.values() for name, *_ in rows)
    lines = []
    for title, rows in groups.items():
        lines.append(title)
        for name, number, meaning in rows:
            head = f"  {name:{longest}} {number:11,}  "
            indent = " " * len(head)
            lines += textwrap.wrap(meaning, max(width, len(head) + 20), initial_indent=head, subsequent_indent=indent)
        lines.append("")
    if views:
        lines += ["Views", *textwrap.wrap(", ".join(views), width, initial_indent="  ", subsequent_indent="  ")]
    return "\n".join(lines).rstrip()


def tables_json(dataset: Path) -> list[dict[str, Any]]:
    """The same for programs; a view has no number of rows."""
    with contents(dataset) as opened:
        groups = _groups(opened)
    return [
        {"table": name, "rows": rows, "meaning": meaning} for each in groups.values() for name, rows, meaning in each
    ]


def rows_text(dataset: Path, choice: Choice, width: int) -> str:
    """The rows as a table that is at most this wide, as far as its columns can be shortened. Fault if there is none."""
    with contents(dataset) as opened:
        table = _table(opened, choice.table)
        columns = _columns(table, choice.columns)
        total = opened.con.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchall()[0][0]
        opened.con.execute(f"CREATE TEMP TABLE shown AS {_query(table, choice, columns)}")
        number, drawn = _drawn(opened.con, columns, width, is_chosen=bool(choice.columns))
    lines = [drawn, f"{min(choice.rows, total):,} of {total:,} rows"]
    if number < len(columns):
        others = ", ".join(printable(each.name) for each in columns[number:])
        lines += textwrap.wrap(f"Columns that do not fit: {others}. Choose with --columns a,b", width)
    return "\n".join(lines)


def rows_json(dataset: Path, choice: Choice) -> list[dict[str, Any]]:
    """The rows as objects. Ids are texts, since many programs round them; lists are lists, times are UTC."""
    with contents(dataset) as opened:
        names, rows = _exact(opened, choice)
    return [dict(zip(names, row, strict=True)) for row in rows]


def rows_csv(dataset: Path, choice: Choice) -> str:
    """The rows as CSV: ids and times as texts, lists as JSON."""
    with contents(dataset) as opened:
        names, rows = _exact(opened, choice)
    return csv_text([printable(name) for name in names], [[_csv_value(value) for value in row] for row in rows])


def _groups(opened: Contents) -> dict[str, list[tuple[str, int | None, str]]]:
    """The name, rows and meaning of each table and view, by what it is for."""
    views = {
        name for (name,) in opened.con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    } - set(stored_tables(opened.con))
    groups: dict[str, list[tuple[str, int | None, str]]] = {"Data": [], "Labels": [], "Collecting": [], "Views": []}
    data = data_tables(opened.con)
    for table in opened.tables:
        is_view = table.name in views
        is_label = table.name not in data and table.name not in PROVENANCE
        title = "Views" if is_view else "Data" if table.name in data else "Labels" if is_label else "Collecting"
        rows = None if is_view else row_count(opened.con, table.name)
        meaning = printable(table.meaning).partition(". ")[0].rstrip(".")
        groups[title].append((printable(table.name), rows, meaning))
    return {title: rows for title, rows in groups.items() if rows}


def _table(opened: Contents, name: str) -> Table:
    names = [table.name for table in opened.tables]
    if name not in names:
        raise Fault(f"There is no table {name!r}.{did_you_mean(name, names)} Tables: {', '.join(names)}.")
    return opened.tables[names.index(name)]


def _columns(table: Table, names: Sequence[str]) -> list[Column]:
    """The columns with these names, in this order; all if there are none."""
    by_name = {column.name: column for column in table.columns}
    for name in names:
        if name not in by_name:
            listed = ", ".join(by_name)
            raise Fault(
                f"The table {table.name} has no column {name!r}.{did_you_mean(name, by_name)} Columns: {listed}."
            )
    return [by_name[name] for name in names] or list(table.columns)


def _query(table: Table, choice: Choice, columns: Sequence[Column]) -> str:
    """The chosen rows with their values as they are. The key makes the order certain."""
    order = [quoted(name) for name in table.key]
    if choice.order:
        (column,) = _columns(table, [choice.order.removeprefix("-")])
        direction = "DESC" if choice.order.startswith("-") else "ASC"
        order = [f"{quoted(column.name)} {direction} NULLS LAST", *order]
    # Without a key, all columns decide; nothing can follow ALL.
    by = ", ".join(order) if table.key else ", ".join([*order, *(quoted(each.name) for each in table.columns)])
    chosen = ", ".join(quoted(each.name) for each in columns)
    return f"SELECT {chosen} FROM {quoted(table.name)} ORDER BY {by} LIMIT {choice.rows}"


def _exact(opened: Contents, choice: Choice) -> tuple[list[str], list[tuple[Any, ...]]]:
    table = _table(opened, choice.table)
    columns = _columns(table, choice.columns)
    values = ", ".join(f"to_json({_EXACT.value(each)})" for each in columns)
    rows = opened.con.execute(f"SELECT {values} FROM ({_query(table, choice, columns)})").fetchall()
    return [each.name for each in columns], [tuple(_of_json(value) for value in row) for row in rows]


def _of_json(value: str | None) -> Any:
    return None if value is None else json.loads(value)


def _csv_value(value: Any) -> Any:
    text = value if isinstance(value, str) or value is None else json.dumps(value)
    return printable(text) if text is not None else None


def _drawn(
    con: duckdb.DuckDBPyConnection, columns: Sequence[Column], width: int, *, is_chosen: bool
) -> tuple[int, str]:
    """How many columns fit, and the table of these: chosen columns with shorter texts if need be."""
    for text_width in _TEXT_WIDTHS if is_chosen else ():
        if drawn := _draw(con, columns, width, text_width):
            return len(columns), drawn
    text_width = min(_TEXT_WIDTHS) if is_chosen else _USUAL_WIDTH
    for number in range(len(columns), 1, -1):
        if drawn := _draw(con, columns[:number], width, text_width):
            return number, drawn
    return 1, _draw(con, columns[:1], width, text_width, must_fit=False)


def _draw(
    con: duckdb.DuckDBPyConnection, columns: Sequence[Column], width: int, text_width: int, *, must_fit: bool = True
) -> str:
    """The table, drawn by DuckDB; "" if it would leave out a column, or break a text into several lines."""
    values = ", ".join(f"{_shown(each, text_width)} AS {quoted(printable(each.name))}" for each in columns)
    with redirect_stdout(StringIO()) as output:
        con.sql(f"SELECT {values} FROM shown").show(max_width=width, max_rows=_ALL, null_value="")
    lines = [line for line in output.getvalue().splitlines() if line.startswith(_BOX)]
    rows = row_count(con, "shown")
    fits = len(lines) == rows + _LINES_AROUND - (rows == 0) and not _has_gap(lines)
    return "\n".join(lines) if fits or not must_fit else ""


def _has_gap(lines: Sequence[str]) -> bool:
    """Whether DuckDB has left out columns: it draws one of … in their place."""
    return "│ … │" in lines[1] and "│ … │" in lines[2]


def _shown(column: Column, text_width: int) -> str:
    """A value on the screen, as SQL: texts on one line, without control characters, and shortened."""
    value = _ON_SCREEN.value(column)
    if column.type in ("BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "TIMESTAMP", "DATE"):
        return str(value)
    text = f"regexp_replace(({value})::VARCHAR, '[ \\t\\r\\n]+', ' ', 'g')"
    text = f"regexp_replace({text}, {literal(UNPRINTABLE)}, '{REPLACEMENT}', 'g')"
    return f"if(length({text}) > {text_width}, left({text}, {text_width - 1}) || '…', {text})"
