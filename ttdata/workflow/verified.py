"""Dataset files that changed since they were built are read whole once: DuckDB has a checksum for each block.

A file with the size and time that it had at its build is not read again, so a build with nothing to do stays fast.
"""

from collections.abc import Iterable
from pathlib import Path

from ttdata.errors import StorageFault
from ttdata.files import read_json, write_json
from ttdata.store.paths import Folder


def note_built(folder: Folder, datasets: Iterable[str]) -> None:
    """Note the size and time of datasets that are as they should be."""
    notes = _notes(folder) | {name: _mark(folder.dataset(name)) for name in datasets if folder.dataset(name).exists()}
    write_json(folder.verified, notes)


def is_damaged(folder: Folder, dataset: str) -> bool:
    """Whether a dataset file cannot be read to its end. One that another program has opened is taken as whole."""
    path = folder.dataset(dataset)
    if _notes(folder).get(dataset) == _mark(path):
        return False
    if not _is_readable(path):
        return True
    note_built(folder, [dataset])
    return False


def _mark(path: Path) -> list[int]:
    """Changes when a dataset's file does, or one of its Parquet files."""
    marks = [path.stat()] + [each.stat() for each in path.with_suffix(".parquet").rglob("*.parquet")]
    return [sum(each.st_size for each in marks), max(each.st_mtime_ns for each in marks), len(marks)]


def _notes(folder: Folder) -> dict[str, object]:
    try:
        notes = read_json(folder.verified)
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}


def _is_readable(path: Path) -> bool:
    import duckdb  # slow to load, and hardly ever needed

    from ttdata.tables.declared import quoted
    from ttdata.tables.files import opened
    from ttdata.tables.stored import stored_tables

    try:
        with opened(path) as con:
            for table in stored_tables(con):
                con.execute(f"SELECT count(COLUMNS(*)) FROM {quoted(table)}")
    except StorageFault as fault:
        return isinstance(fault.__cause__ or fault.__context__, duckdb.IOException)
    return True
