"""Tables as Parquet files beside the dataset's file, which then has a view in the place of each.

The files of a build are in a folder of their own, datasets/NAME.parquet/VERSION. So an older dataset stays whole until
the new .duckdb file takes its place, whenever a build is killed.
"""

import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ttdata.build.fill import STORAGE
from ttdata.tables.columns import tables_of
from ttdata.tables.declared import create, escaped, insert, quoted
from ttdata.tables.stored import FILES, find_files

# A month's file holds the rows of a month; other tables are cut into files of so many rows.
ROWS = 5_000_000
# Times of a damaged record can be in any year.
_MOST_MONTHS = 400
_TIME = "create_time"


@dataclass(frozen=True)
class ParquetFolder:
    """Where the Parquet files of one build of a dataset are written."""

    dataset: Path
    version: str

    @classmethod
    def new(cls, dataset: Path) -> "ParquetFolder":
        return cls(dataset, uuid.uuid4().hex[:12])

    @property
    def all_versions(self) -> Path:
        return self.dataset.with_suffix(".parquet")

    @property
    def name(self) -> str:
        """Its path from the folder of the dataset's file."""
        return f"{self.all_versions.name}/{self.version}"

    def open(self, con: duckdb.DuckDBPyConnection) -> None:
        """Create the empty table of Parquet files, and let the connection find them."""
        create(con, FILES)
        find_files(con, {"": self.dataset})

    def move_out(self, con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> None:
        """Write tables of the database in use to Parquet files, and put a view in the place of each."""
        for table in tables:
            files = list(self._write(con, table))
            _replace_by_view(con, table, [name for name, _ in files])
            rows = [[table, name, count, (self.dataset.parent / name).stat().st_size] for name, count in files]
            insert(con, FILES, rows)
            con.execute("CHECKPOINT made")  # the next table takes the place of this one in the file

    def remove(self) -> None:
        shutil.rmtree(self.all_versions / self.version, ignore_errors=True)
        with suppress(OSError):
            self.all_versions.rmdir()

    def _write(self, con: duckdb.DuckDBPyConnection, table: str) -> Iterator[tuple[str, int]]:
        """Write the files of a table; yields their names, and their rows. An empty table has one file."""
        folder = self.dataset.parent / self.name / table
        folder.mkdir(parents=True)
        for name, condition in _cuts(con, table):
            path = f"{self.name}/{table}/{name}.parquet"
            rows_of = f"(SELECT * FROM {quoted(table)} WHERE {condition})"
            target = escaped(self.dataset.parent / path)
            copy = f"COPY {rows_of} TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            ((rows,),) = con.execute(copy).fetchall()
            yield path, rows


def remove_others(dataset: Path, version: str = "") -> None:
    """Remove the Parquet files of other builds of a dataset than this one; of all if there is none."""
    folder = dataset.with_suffix(".parquet")
    for path in folder.iterdir() if folder.is_dir() and not folder.is_symlink() else ():
        if path.name != version:
            shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()


def copy_without_gaps(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Copy the database that is being made to a new file: the old one keeps the space of tables that have left it."""
    path.unlink(missing_ok=True)
    con.execute(f"ATTACH '{escaped(path)}' AS small (STORAGE_VERSION '{STORAGE}')")
    con.execute("COPY FROM DATABASE made TO small")
    con.execute("DETACH small")


def _cuts(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """The files of a table, each with the condition for its rows: a month each, or so many rows in their order."""
    columns = {name for name, *_ in con.execute(f"DESCRIBE {quoted(table)}").fetchall()}
    if _TIME in columns:
        query = f"SELECT DISTINCT date_trunc('month', {_TIME})::DATE FROM {quoted(table)} ORDER BY 1 NULLS LAST"
        months = [month for (month,) in con.execute(query).fetchall()]
        if 0 < len(months) <= _MOST_MONTHS:
            return [_month(month) for month in months]
    ((last,),) = con.execute(f"SELECT coalesce(max(rowid), 0) FROM {quoted(table)}").fetchall()
    starts = range(0, last + 1, ROWS)
    return [(f"{number:04}", f"rowid >= {start} AND rowid < {start + ROWS}") for number, start in enumerate(starts, 1)]


def _month(first_day: object) -> tuple[str, str]:
    if first_day is None:
        return "unknown", f"{_TIME} IS NULL"
    text = f"{first_day}"
    end = f"DATE '{text}' + INTERVAL 1 MONTH"
    return text[:7], f"{_TIME} >= DATE '{text}' AND {_TIME} < {end}"


def _replace_by_view(con: duckdb.DuckDBPyConnection, table: str, files: list[str]) -> None:
    """The view has the types and comments of the table; Parquet itself keeps all types but JSON."""
    (declared,) = (each for each in tables_of(con) if each.name == table)
    types = {column.name: column.type for column in declared.columns}
    values = ", ".join(
        f"{quoted(name)}::JSON AS {quoted(name)}" if kind == "JSON" else quoted(name) for name, kind in types.items()
    )
    listed = ", ".join(f"'{escaped(name)}'" for name in files)
    con.execute(f"DROP TABLE {quoted(table)}")
    con.execute(f"CREATE VIEW {quoted(table)} AS SELECT {values} FROM read_parquet([{listed}])")
    read = {name: kind for name, kind, *_ in con.execute(f"DESCRIBE {quoted(table)}").fetchall()}
    if read != types:
        raise duckdb.InternalException(f"Parquet has changed types of {table}")
    con.execute(f"COMMENT ON VIEW {quoted(table)} IS '{escaped(declared.meaning)}'")
    for column in declared.columns:
        con.execute(f"COMMENT ON COLUMN {quoted(table)}.{quoted(column.name)} IS '{escaped(column.meaning)}'")
