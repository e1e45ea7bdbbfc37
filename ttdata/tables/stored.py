"""Which tables a dataset has, also where their rows are in Parquet files beside it.

The .duckdb file of such a dataset has a view in the place of each large table. A view names its files by their paths
from the folder of the .duckdb file, so that both can be moved; DuckDB finds them there by `file_search_path`.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ttdata.errors import StorageFault
from ttdata.tables.declared import escaped

if TYPE_CHECKING:
    import duckdb

FILES = "parquet_files"
# How DuckDB prints the view of such a table.
_IN_PARQUET = "contains(sql, 'FROM read_parquet(')"
TABLES = (
    "(SELECT database_name, schema_name, table_name, comment FROM duckdb_tables() WHERE NOT internal AND NOT temporary "
    "UNION ALL SELECT database_name, schema_name, view_name, comment FROM duckdb_views() "
    f"WHERE NOT internal AND NOT temporary AND {_IN_PARQUET})"
)
"""All tables of all databases, in SQL: those of DuckDB, and the views in the place of tables."""


def stored_tables(con: "duckdb.DuckDBPyConnection", database: str = "") -> list[str]:
    """The names of a database's tables, in order. database: its name; "" is the one that the connection uses."""
    rows = con.execute(
        f"SELECT table_name FROM {TABLES} WHERE database_name = coalesce(nullif(?, ''), current_database()) ORDER BY 1",
        [database],
    ).fetchall()
    return [name for (name,) in rows]


def find_files(con: "duckdb.DuckDBPyConnection", datasets: Mapping[str, Path]) -> None:
    """Let a connection find the Parquet files of datasets, each by the name of its database; "" is the one in use.

    Raises StorageFault if a file is missing, or has another size.
    """
    in_parquet = {name: path for name, path in datasets.items() if FILES in stored_tables(con, name)}
    if not in_parquet:
        return
    folders = [_searched(home(path)) for path in in_parquet.values()]
    con.execute(f"SET file_search_path = '{escaped(','.join(dict.fromkeys(folders)))}'")
    for name, path in in_parquet.items():
        table = f"{name}.main.{FILES}" if name else FILES
        _check(path, con.execute(f"SELECT file, bytes FROM {table} ORDER BY file").fetchall())


def home(dataset: Path) -> Path:
    """The folder of a dataset's Parquet files. While a build runs, the previous .duckdb file is not beside them."""
    folder = dataset.parent
    return folder.parents[1] / "datasets" if folder.parts[-2:] == (".ttdata", "previous") else folder


def _searched(folder: Path) -> str:
    """A folder as DuckDB's list of folders can have it, in which commas separate them."""
    for text in (str(folder.absolute()), os.path.relpath(folder)):
        if "," not in text:
            return text
    raise StorageFault(f"{folder} has a comma in its name, so DuckDB cannot find files there. Rename or move it.")


def _check(dataset: Path, files: Sequence[tuple[str, int]]) -> None:
    for name, size in files:
        path = home(dataset) / name
        if not path.is_file():
            raise StorageFault(
                f"{dataset} has its rows in Parquet files, and {path} is missing. They belong together: copy the "
                "folder with the Parquet files, too, or build again; it costs no request."
            )
        if path.stat().st_size != size:
            raise StorageFault(
                f"{path} has {path.stat().st_size:,} bytes, not {size:,}: it is damaged. Copy it again, or build "
                "again; it costs no request."
            )
