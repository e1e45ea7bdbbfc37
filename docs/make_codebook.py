"""Writes docs/codebook.md, all tables that a dataset can have, from ttdata/tables/*.sql. Run by `make docs`."""

from pathlib import Path

import duckdb

from ttdata.publish.codebook import cell
from ttdata.source_kinds import HISTORY, KINDS, VIDEO_TABLES
from ttdata.tables.codebook import DERIVED, Entry, entries
from ttdata.tables.columns import tables_of
from ttdata.tables.declared import create, create_provenance, sql
from ttdata.tables.nested import create_views

PAGE = Path(__file__).with_name("codebook.md")

HEAD = """# Codebook

Generated from `ttdata/tables/*.sql` by `make docs`.

All tables and views that a dataset can have. It has those of the sources that its study declares. The lists of the
study, `accounts` and `ids`, and its own labels become tables with the columns of their files.
[exports.md](exports.md) says how to get the codebook of one dataset, with missing values and ranges.

Times are UTC. A table that holds fields of the API names the page of TikTok's documentation that defines them.
"""
# Tables that the study declares beside its sources, and views that a build adds.
_OTHERS = ("terms", "strata", "draws", "id_status", "labels")
_DATA = (*VIDEO_TABLES, *(kind.table for kind in KINDS.values()), *(t for kind in KINDS.values() for t in kind.derived))


def page() -> str:
    """The text of the page."""
    with duckdb.connect() as con:
        create_provenance(con)
        for table in dict.fromkeys([*_DATA, *(each for some in HISTORY.values() for each in some), *_OTHERS]):
            create(con, table)
        con.execute(sql("accounts_lost"))
        create_views(con)
        tables = tables_of(con)
    by_table: dict[str, list[Entry]] = {}
    for entry in entries(tables):
        by_table.setdefault(entry.table, []).append(entry)
    lines = [HEAD]
    for table in tables:
        key = f" Key: {', '.join(f'`{column}`' for column in table.key)}." if table.key else ""
        lines += [f"## {table.name}", "", f"{_sentence(table.meaning)}{key}{_sources(by_table[table.name])}", ""]
        lines += ["| column | type | unit | description |", "|---|---|---|---|", *map(_row, by_table[table.name]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _row(entry: Entry) -> str:
    joins = f"; joins {entry.joins}" if entry.joins and entry.joins not in entry.description else ""
    return f"| `{entry.column.name}` | {entry.column.type} | {entry.unit} | {cell(entry.description)}{joins} |"


def _sources(some: list[Entry]) -> str:
    pages = dict.fromkeys(entry.source for entry in some if entry.source != DERIVED)
    links = ", ".join(f"[{page.rsplit('/', 1)[-1]}]({page})" for page in pages)
    return f" Defined in {links}." if links else ""


def _sentence(text: str) -> str:
    text = cell(text)
    return text if text.endswith((".", "!")) or not text else f"{text[0].upper()}{text[1:]}."


if __name__ == "__main__":
    PAGE.write_text(page())
