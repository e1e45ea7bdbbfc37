"""Readers of each export format: they return the rows of a table as dictionaries of texts, as a user would get them.

A missing value is None. Readers that cannot tell an empty text from a missing one are in CONFUSED.
"""

import csv
import gzip
import json
import runpy
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date, datetime
from functools import cache
from math import isnan
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas
import polars

Rows = list[dict[str, str | None]]
Reader = Callable[[Path, str], Rows]


def text_of(value: object) -> str | None:
    """A value as the comparison has it: equal values of different programs become equal texts."""
    if value is None or value is pandas.NA or value is pandas.NaT:
        return None
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds").replace(".000000", "") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return None if isnan(value) else str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)


def normal(names: list[str], rows: Any) -> Rows:
    return [dict(zip(names, map(text_of, row), strict=True)) for row in rows]


def with_duckdb(query: str) -> Rows:
    with duckdb.connect() as con:
        result = con.execute(f"SET TimeZone = 'UTC'; {query}")
        return normal([each[0] for each in result.description], result.fetchall())


def parquet_duckdb(folder: Path, table: str) -> Rows:
    return with_duckdb(f"SELECT * FROM read_parquet('{folder}/{table}.parquet')")


def parquet_polars(folder: Path, table: str) -> Rows:
    frame = polars.read_parquet(folder / f"{table}.parquet")
    return normal(frame.columns, frame.rows())


def parquet_pandas(folder: Path, table: str) -> Rows:
    frame = pandas.read_parquet(folder / f"{table}.parquet", dtype_backend="numpy_nullable")
    return normal(list(frame.columns), frame.itertuples(index=False))


def csv_python(folder: Path, table: str) -> Rows:
    with gzip.open(folder / f"{table}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]


def csv_duckdb(folder: Path, table: str) -> Rows:
    return with_duckdb(f"SELECT * FROM read_csv('{folder}/{table}.csv.gz', all_varchar = true, header = true)")


def csv_pandas(folder: Path, table: str) -> Rows:
    frame = pandas.read_csv(folder / f"{table}.csv.gz", dtype="string", keep_default_na=False, na_values=[""])
    return normal(list(frame.columns), frame.itertuples(index=False))


def jsonl_python(folder: Path, table: str) -> Rows:
    with gzip.open(folder / f"{table}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [{name: text_of(value) for name, value in json.loads(line).items()} for line in file]


def sqlite_python(folder: Path, table: str) -> Rows:
    with closing(sqlite3.connect(folder / "dataset.sqlite")) as con:
        result = con.execute(f'SELECT * FROM "{table}"')
        return normal([each[0] for each in result.description], result.fetchall())


def dta_pandas(folder: Path, table: str) -> Rows:
    frame = pandas.read_stata(folder / f"{table}.dta")
    return normal(list(frame.columns), frame.astype("object").itertuples(index=False))


def xlsx_openpyxl(folder: Path, table: str) -> Rows:
    with closing(openpyxl.load_workbook(folder / "dataset.xlsx", read_only=True)) as book:
        rows = book[table[:31]].iter_rows(values_only=True)
        read = normal([str(name) for name in next(rows)], rows)
    # How the format writes a carriage return; Excel shows it as one.
    return [{name: value and value.replace("_x000D_", "\r") for name, value in row.items()} for row in read]


def with_r(folder: Path, table: str, read: str) -> Rows:
    """Read with R, and write what it has read as CSV for the comparison."""
    out = folder / "from-r.csv"
    script = f"""
        options(digits.secs = 6)
        rows <- {read}
        for (name in names(rows)) {{
          if (inherits(rows[[name]], "POSIXct"))
            rows[[name]] <- format(rows[[name]], "%Y-%m-%dT%H:%M:%OS6Z", tz = "UTC")
          else if (is.numeric(rows[[name]]))
            rows[[name]] <- ifelse(is.na(rows[[name]]), NA, format(rows[[name]], scientific = FALSE, trim = TRUE))
          else if (is.logical(rows[[name]])) rows[[name]] <- tolower(as.character(rows[[name]]))
          else rows[[name]] <- as.character(rows[[name]])
        }}
        write.csv(rows, "{out}", row.names = FALSE, na = "", fileEncoding = "UTF-8")
    """
    command = ["Rscript", "--vanilla", "-e", f'setwd("{folder}"); {script}']
    subprocess.run(command, check=True, capture_output=True, text=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin"})
    with out.open(encoding="utf-8", newline="") as file:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]


def r_load(folder: Path, table: str) -> Rows:
    return with_r(folder, table, f'{{ source("load.R"); load_tables("{table}")[[1]] }}')


def r_haven(folder: Path, table: str) -> Rows:
    return with_r(folder, table, f'as.data.frame(haven::zap_labels(haven::read_dta("{table}.dta")))')


def r_data_table(folder: Path, table: str) -> Rows:
    options = 'colClasses = "character", strip.white = FALSE, na.strings = ""'
    rows = with_r(folder, table, f'data.table::fread(cmd = "gzip -dc {table}.csv.gz", {options})')
    # fread leaves doubled quotation marks as they are, as its manual says.
    return [{name: value and value.replace('""', '"') for name, value in row.items()} for row in rows]


def r_sqlite(folder: Path, table: str) -> Rows:
    read = f'DBI::dbReadTable(DBI::dbConnect(RSQLite::SQLite(), "dataset.sqlite"), "{table}", check.names = FALSE)'
    return with_r(folder, table, read)


def load_py(folder: Path, table: str) -> Rows:
    """The script of the export itself, with pandas."""
    frame = runpy.run_path(str(folder / "load.py"))["load"]([table])[table]
    return normal(list(frame.columns), frame.astype("object").itertuples(index=False))


READERS: Mapping[str, tuple[str, Reader]] = {
    "DuckDB": ("parquet", parquet_duckdb),
    "polars": ("parquet", parquet_polars),
    "pandas": ("parquet", parquet_pandas),
    "load.py": ("parquet", load_py),
    "csv: Python": ("csv", csv_python),
    "csv: DuckDB": ("csv", csv_duckdb),
    "csv: pandas": ("csv", csv_pandas),
    "csv: load.py": ("csv", load_py),
    "json": ("jsonl", jsonl_python),
    "sqlite3": ("sqlite", sqlite_python),
    "pandas.read_stata": ("dta", dta_pandas),
    "openpyxl": ("xlsx", xlsx_openpyxl),
    "R: load.R, csv": ("csv", r_load),
    "R: load.R, sqlite": ("sqlite", r_load),
    "R: data.table": ("csv", r_data_table),
    "R: RSQLite": ("sqlite", r_sqlite),
    "R: haven": ("dta", r_haven),
}
_R_PACKAGES = {
    "R: load.R, csv": (),
    "R: load.R, sqlite": ("RSQLite",),
    "R: data.table": ("data.table",),
    "R: RSQLite": ("RSQLite",),
    "R: haven": ("haven",),
}


@cache
def missing_in_r(reader: str) -> str:
    """What a reader in R needs and this machine does not have; "" if it has everything, or is none in R."""
    if reader not in _R_PACKAGES:
        return ""
    if shutil.which("Rscript") is None:
        return "R is not installed"
    for package in _R_PACKAGES[reader]:
        if subprocess.run(["Rscript", "-e", f"library({package})"], capture_output=True, check=False).returncode:
            return f"the R package {package} is not installed"
    return ""
