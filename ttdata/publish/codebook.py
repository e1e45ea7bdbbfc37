"""The codebook as files: a CSV file for programs, and a Markdown page for people."""

from collections.abc import Sequence

from ttdata.publish.contents import Contents
from ttdata.publish.csv_text import csv_text
from ttdata.tables.codebook import DERIVED, HEADER, Entry, entries, values_of
from ttdata.tables.columns import Table


def as_csv(tables: Sequence[Table]) -> str:
    """The codebook as a CSV file."""
    return csv_text(HEADER, [entry.row for entry in entries(tables)])


def as_markdown(contents: Contents) -> str:
    """The codebook for people, with the rows of each table, and the missing values and range of each column."""
    lines = [f"# Codebook of {contents.about.dataset}", ""]
    by_table: dict[str, list[Entry]] = {}
    for entry in entries(contents.tables):
        by_table.setdefault(entry.table, []).append(entry)
    for table in contents.tables:
        rows = contents.number_of_rows(table)
        lines += [f"## {table.name}", "", f"{cell(table.meaning)} {rows:,} rows.", ""]
        lines += ["| column | type | unit | missing | range | description |", "|---|---|---|---|---|---|"]
        values = values_of(contents.con, contents.relation(table), table)
        for entry in by_table[table.name]:
            missing, minimum, maximum = values[entry.column.name]
            span = "" if minimum is None else f"{minimum} to {maximum}"
            joins = f" Joins {entry.joins}." if entry.joins else ""
            source = f" [Source]({entry.source})." if entry.source != DERIVED else ""
            cells = [entry.column.name, entry.column.type, entry.unit, f"{missing:,}", span]
            text = entry.description.rstrip(".") + "." if entry.description else ""
            lines.append(f"| {' | '.join(map(cell, cells))} | {cell(text)}{joins}{source} |")
        lines.append("")
    return "\n".join(lines)


def cell(text: str) -> str:
    """A text as a cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|")
