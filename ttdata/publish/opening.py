"""How to open a dataset in other programs: code to paste, with absolute paths and exact ids.

R and Stata read an export, since the packages that open DuckDB files there round ids, or do not exist.
"""

import importlib.util
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ttdata.build.digest import PROVENANCE
from ttdata.errors import Fault
from ttdata.program import program
from ttdata.publish.contents import contents
from ttdata.publish.export import export, exports_folder
from ttdata.publish.formats.sqlite import NAME as SQLITE
from ttdata.publish.formats.table import FORMATS
from ttdata.tables.columns import Table
from ttdata.tables.declared import literal, quoted
from ttdata.tables.stored import FILES, stored_tables

LOOPBACK = "127.0.0.1"
EXTRA = 'pip install "ttdata[explore]"'


@dataclass(frozen=True)
class Recipe:
    """A program, and the lines that open the dataset in it."""

    program: str
    lines: tuple[str, ...]


def recipes(dataset: Path) -> list[Recipe]:
    """How each program opens a dataset file. Raises StorageFault if it is not a dataset."""
    with contents(dataset) as opened:
        table = _first(opened.tables)
        # Without it, DuckDB looks for the Parquet files in the current folder.
        is_in_parquet = FILES in stored_tables(opened.con)
    file, folder = dataset.resolve(), exports_folder(dataset)
    frame = table.name
    find = f"SET file_search_path = {literal(file.parent)}"
    sql, python = ((f"{find};",), (f"con.execute({_python(find)})",)) if is_in_parquet else ((), ())
    connect = ("import duckdb", "", f"con = duckdb.connect({_python(file)}, read_only=True)", *python)
    return [
        Recipe("DuckDB", (f"duckdb -readonly {shlex.quote(str(file))}", *sql, f"FROM {quoted(frame)} LIMIT 10;")),
        Recipe("Python", (*connect, f'con.sql("FROM {frame} LIMIT 10").show()')),
        Recipe("pandas", (*connect, f'{frame} = con.sql("{_ids_as_texts(table)}").df()')),
        Recipe("polars", (*connect, f'{frame} = con.sql("FROM {frame}").pl()  # needs the package pyarrow')),
        Recipe(
            "R",
            (
                f"# once, in a shell: {_export(dataset, 'sqlite')}",
                f"source({_python(folder / 'load.R')})",
                "tables <- load_tables()",
                f"head(tables${frame})",
            ),
        ),
        Recipe(
            "Stata",
            (
                f"* once, in a shell: {_export(dataset, 'dta')}",
                f'cd `"{folder}"\'',
                f"do load.do {frame}",
            ),
        ),
    ]


def recipes_text(dataset: Path) -> str:
    """The recipes as they are printed. Lines of code are not folded, so that they can be pasted."""
    blocks = [
        f"{each.program}\n" + "\n".join(f"    {line}".rstrip() for line in each.lines) for each in recipes(dataset)
    ]
    return "\n\n".join(blocks)


def sqlite_export(dataset: Path) -> Path:
    """The SQLite export of the dataset as it is now; made if there is none, or one of an earlier content."""
    folder = exports_folder(dataset)
    path = folder / SQLITE
    if not path.exists() or path.stat().st_mtime < dataset.stat().st_mtime:
        export(dataset, folder, [FORMATS["sqlite"]])
    return path


def server(sqlite: Path, port: int) -> Sequence[str]:
    """The command that serves a SQLite file to this machine alone, read-only. Raises Fault without datasette."""
    if importlib.util.find_spec("datasette") is None:
        raise Fault(f"--serve needs the package datasette. Install it: {EXTRA}")
    address = ["--host", LOOPBACK, "--port", str(port)]
    return [sys.executable, "-m", "datasette", "serve", "--immutable", str(sqlite), *address]


def serve(dataset: Path, port: int) -> int:
    """Serve the SQLite export of a dataset until Ctrl-C. Returns the exit status."""
    check = server(exports_folder(dataset) / SQLITE, port)
    sqlite_export(dataset)
    with subprocess.Popen(check) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            return 0


def _first(tables: Sequence[Table]) -> Table:
    """The table of the examples: videos if there are any, else the first with data."""
    data = [each for each in tables if each.name not in PROVENANCE and each.key]
    return next((each for each in data if each.name == "videos"), (data or list(tables))[0])


def _ids_as_texts(table: Table) -> str:
    """A query for a table whose ids pandas cannot round: it stores a column with missing numbers as floating-point."""
    ids = ", ".join(f"{each.name}::VARCHAR AS {each.name}" for each in table.columns if each.is_id)
    return f"SELECT * REPLACE ({ids}) FROM {table.name}" if ids else f"FROM {table.name}"


def _export(dataset: Path, form: str) -> str:
    words = ["export", str(dataset.resolve()), "--to", form, "--out", str(exports_folder(dataset))]
    return f"{program()} {shlex.join(words)}"


def _python(text: object) -> str:
    """A path, or another text, as a text of Python and of R."""
    return json.dumps(str(text), ensure_ascii=False)
