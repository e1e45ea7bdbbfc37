"""Dataset files: opened for reading, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ttdata.errors import StorageFault


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a dataset file. Raises StorageFault if there is none, or it is not a dataset."""
    if not path.exists():
        raise StorageFault(f"{path} does not exist.")
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            yield con
    except duckdb.Error as error:
        raise StorageFault(f"{path} cannot be read as a dataset: {first_line(error)}") from None


def first_line(error: duckdb.Error) -> str:
    """The first line of DuckDB's message, which is all that concerns a user."""
    return str(error).splitlines()[0]
