"""The export formats as one table. A new format is a module with `write`, and a row here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from ttdata.errors import Fault
from ttdata.publish.contents import Contents

Write = Callable[[Contents, Path], list[str]]


@dataclass(frozen=True)
class Format:
    """A format: what it is for, and its extra if it needs packages that a build does not.

    Its module has `write(contents, folder)`, which writes files into the folder and returns their names.
    """

    name: str
    summary: str
    extra: str = ""

    @property
    def write(self) -> Write:
        """Raises Fault if a package is missing."""
        try:
            return cast("Write", import_module(f"{__package__}.{self.name}").write)
        except ModuleNotFoundError as error:
            if not self.extra:
                raise
            raise Fault(
                f'The format {self.name} needs the package {error.name}. Install it: pip install "ttdata[{self.extra}]"'
            ) from None


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("parquet", "one file per table with exact types, for Python, R (arrow) and DuckDB"),
        Format("csv", "one compressed file per table, for everything"),
        Format("jsonl", "one compressed file per table with a JSON object per line"),
        Format("sqlite", "one database with all tables, for R (RSQLite) and datasette"),
        Format("dta", "one file per table, for Stata 14 or newer", extra="stata"),
        Format("xlsx", "one workbook with a sheet per table, for up to 1,048,575 rows", extra="excel"),
        Format("graphml", "networks and their edge lists, for Gephi, igraph and networkx"),
        Format("ids", "the ids of the videos alone, to be published"),
    )
}


def formats_of(names: Sequence[str]) -> list[Format]:
    """The formats with these names. Raises Fault if one is unknown."""
    if unknown := [name for name in names if name not in FORMATS]:
        raise Fault(f"Unknown format {unknown[0]!r}. Available: {', '.join(FORMATS)}. Example: --to csv,parquet")
    if not names:
        raise Fault(f"--to names no format. Available: {', '.join(FORMATS)}. Example: --to csv,parquet")
    return [FORMATS[name] for name in names]
