"""Stata: a file per table in form 118, with labels. Long texts are strL; ids are texts, since Stata rounds them."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from ttdata.publish.contents import INVENTED, Contents, Form
from ttdata.publish.stata_names import stata_names
from ttdata.tables.columns import Column, Table

FORM = Form(times_as_text=False)
# A fixed time in the header, so that equal data are equal bytes.
_STAMP = datetime(2020, 1, 1)
_LONGEST_LABEL, _LONGEST_TEXT = 80, 2045
_NUMBERS = {"BIGINT": "float64", "INTEGER": "float64", "DOUBLE": "float64", "BOOLEAN": "float64"}
_DATES: dict[str, Literal["tc", "td"]] = {"TIMESTAMP": "tc", "DATE": "td"}
_EXACT = 2**53


def write(contents: Contents, folder: Path) -> list[str]:
    """Write TABLE.dta for each table. A number that a double cannot hold is written as text, with its whole column."""
    names = []
    for table in contents.tables:
        names.append(f"{table.name}.dta")
        _write(contents, table, folder / names[-1])
    return names


def _write(contents: Contents, table: Table, path: Path) -> None:
    columns = FORM.columns(table)
    rows = list(contents.rows(table, FORM))
    names = stata_names(column.name for column in columns)
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    frame = pd.DataFrame(
        {names[column.name]: _series(column, some) for column, some in zip(columns, values, strict=True)},
    )
    frame.to_stata(
        path,
        version=118,
        write_index=False,
        time_stamp=_STAMP,
        data_label=(INVENTED if contents.about.is_invented else f"{contents.about.dataset}: {table.name}")[:80],
        variable_labels={names[column.name]: column.meaning[:_LONGEST_LABEL] for column in columns},
        convert_strl=[names[column.name] for column in columns if _is_long(frame[names[column.name]])],
        convert_dates={names[column.name]: _DATES[column.type] for column in columns if column.type in _DATES},
    )


def _series(column: Column, values: tuple[Any, ...]) -> "pd.Series[Any]":
    """The values as Stata has them: a missing number is ".", a missing text is empty."""
    if column.type in _DATES:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object")), dtype="datetime64[ns]")
    if not column.is_id and column.type in _NUMBERS and all(value is None or abs(value) <= _EXACT for value in values):
        return pd.Series([None if value is None else float(value) for value in values], dtype="float64")
    return pd.Series(["" if value is None else str(value).replace("\0", "") for value in values], dtype="object")


def _is_long(series: "pd.Series[Any]") -> bool:
    return series.dtype == object and any(len(value.encode()) > _LONGEST_TEXT for value in series)
