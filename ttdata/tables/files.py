"""Dataset files: opened for reading, and nothing else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ttdata.errors import StorageFault
from ttdata.program import program
from ttdata.tables.declared import SCHEMA_VERSION, escaped
from ttdata.tables.stored import find_files


@dataclass(frozen=True)
class Resources:
    """What DuckDB may use; no result depends on it.

    temporary: the folder for what does not fit into memory, which is made; None for that of the file.
    """

    threads: int = 2
    memory_mb: int = 2000
    temporary: Path | None = None


def use(con: duckdb.DuckDBPyConnection, resources: Resources, path: Path | None) -> None:
    """Limit a connection. path: the database file that it reads or writes, if any. Raises StorageFault."""
    con.execute(f"SET threads = {resources.threads}")
    con.execute(f"SET memory_limit = '{resources.memory_mb}MB'")
    if resources.temporary:
        _make(resources.temporary)
    if path:
        temporary = resources.temporary / f"{path.name}.{os.getpid()}" if resources.temporary else f"{path}.tmp"
        con.execute(f"SET temp_directory = '{escaped(temporary)}'")


def _make(temporary: Path) -> None:
    """DuckDB would say that the folder is missing only when the memory is full, perhaps after an hour."""
    try:
        temporary.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFault(f"The temporary folder {temporary} cannot be made: {error.strerror}.") from None


@contextmanager
def opened(path: Path, resources: Resources = Resources()) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a dataset file.

    Raises StorageFault if there is none, if it is not a dataset, if a newer version of ttdata built it, or if an older
    one built it without what the block reads.
    """
    if not path.exists():
        raise StorageFault(f"{path} does not exist.")
    version = None
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            use(con, resources, path)
            version = _schema_version(con)
            if version is not None and version > SCHEMA_VERSION:
                raise StorageFault(_newer(path, con))
            find_files(con, {"": path})
            yield con
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        if version is None or version >= SCHEMA_VERSION:
            raise StorageFault(_unreadable(path, error)) from None
        raise outdated(path) from None
    except duckdb.Error as error:
        raise StorageFault(_unreadable(path, error)) from None


def outdated(path: Path) -> StorageFault:
    """What to do about a dataset that another version of ttdata built, without what is needed now."""
    return StorageFault(
        f"{path} was not built by this version of ttdata, and lacks what this command needs. "
        f"Run {program()} build again: it costs no request."
    )


def first_line(error: duckdb.Error) -> str:
    """The first line of DuckDB's message, which is all that concerns a user."""
    return str(error).splitlines()[0]


def _schema_version(con: duckdb.DuckDBPyConnection) -> int | None:
    """The version of a dataset's tables; 0 of one from before there were versions, None if it is not a dataset."""
    columns = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = current_database() AND table_name = 'study'"
    ).fetchall()
    if ("schema_version",) not in columns:
        return 0 if ("digest",) in columns else None
    versions = con.execute("SELECT schema_version FROM study").fetchall()
    return int(versions[0][0]) if versions else None


def _newer(path: Path, con: duckdb.DuckDBPyConnection) -> str:
    ((software,),) = con.execute("SELECT software FROM study").fetchall()
    return (
        f"A newer version of ttdata built {path} ({software}). This version cannot read it. "
        'Upgrade: pip install --upgrade "ttdata[data,mock]"'
    )


def _unreadable(path: Path, error: duckdb.Error) -> str:
    return f"{path} cannot be read as a dataset: {first_line(error)}"
