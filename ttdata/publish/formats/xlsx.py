"""Excel: one workbook with a sheet per table. Texts stay texts: no cell becomes a formula, a link or a number."""

from datetime import datetime
from pathlib import Path

import xlsxwriter

from ttdata.errors import Fault
from ttdata.publish.contents import Contents, Form
from ttdata.tables.columns import Table

NAME = "dataset.xlsx"
FORM = Form()
_MOST_ROWS, _LONGEST_SHEET, _LONGEST_TEXT = 1_048_575, 31, 32_767
_EXACT = 10**15
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write(contents: Contents, folder: Path) -> list[str]:
    """Write dataset.xlsx. Raises Fault if a table has more rows than a sheet can have; nothing is then written."""
    for table in contents.tables:
        if (rows := contents.number_of_rows(table)) > _MOST_ROWS:
            raise Fault(
                f"The table {table.name} has {rows:,} rows; a sheet of Excel has at most {_MOST_ROWS:,} below its "
                "header. Export this table in another form (--to csv), or name the tables that you need: "
                "--tables videos,users"
            )
    with xlsxwriter.Workbook(str(folder / NAME), {"constant_memory": True, **_AS_TEXT}) as book:
        book.set_properties({"created": datetime(2020, 1, 1), "title": contents.about.dataset})
        _write_about(book, contents)
        for table in contents.tables:
            _write_sheet(book, contents, table)
    return [NAME]


def _write_about(book: xlsxwriter.Workbook, contents: Contents) -> None:
    sheet = book.add_worksheet("_about")
    for row, fact in enumerate(contents.about.facts.items()):
        sheet.write_row(row, 0, fact)


def _write_sheet(book: xlsxwriter.Workbook, contents: Contents, table: Table) -> None:
    sheet = book.add_worksheet(table.name[:_LONGEST_SHEET])
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, [column.name for column in FORM.columns(table)])
    for number, row in enumerate(contents.rows(table, FORM), start=1):
        for place, value in enumerate(row):
            if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
                sheet.write_string(number, place, str(value))
            elif isinstance(value, str):
                sheet.write_string(number, place, value[:_LONGEST_TEXT])
            elif value is not None:
                sheet.write(number, place, value)
