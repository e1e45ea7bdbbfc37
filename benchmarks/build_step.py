"""The build step with its digest, compared with DuckDB's `read_json` of the same files into one table.

    python benchmarks/build_step.py [SIZE [ROUNDS]]

Both read the pages of the speed study (10,000, 122,000 or 1,000,000 videos), which are collected first, in turn, ROUNDS
times (5), each in a process of its own, with two threads. read_json gets the columns that videos.sql declares, and
stores each answer with its list of videos as one row, in a file. Then come the statements that take longest.
"""

import re
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from in_turn import Run, in_turn, run, table
from mock_process import MockProcess
from speed_study import SIZES, snakemake

READ, BUILD = "read_json into one table", "build step with digest"
SHOWN = 8  # statements


def read_json(folder: str) -> None:
    """Read the pages in a folder into one table of a new file."""
    import duckdb

    from ttdata.build.fill import MEMORY, STORAGE
    from ttdata.tables.declared import sql

    declared = re.search(r"columns = (\{.+?\n\})\) AS answers", sql("videos"), re.DOTALL)
    assert declared
    files = [str(path) for path in sorted(Path(folder).glob("raw/*/videos/*.zst"))]
    with duckdb.connect(config={"threads": 2, "memory_limit": MEMORY}) as con:
        con.execute(f"ATTACH 'pages.duckdb' AS made (STORAGE_VERSION '{STORAGE}')")
        con.execute(
            "CREATE TABLE made.pages AS FROM read_json(?, format = 'newline_delimited', compression = 'zstd', "
            f"columns = {declared[1]})",
            [files],
        )
        con.execute("DETACH made")


def profile(folder: str) -> None:
    """Print the statements of the build step that take longest."""
    import duckdb

    from ttdata.build import dataset
    from ttdata.plan.plan import Plan
    from ttdata.store.paths import Folder

    taken: list[tuple[float, str]] = []

    class Timed:
        def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
            self._con = con

        def execute(self, query: str, *values: object) -> duckdb.DuckDBPyConnection:
            start = time.perf_counter()
            result = self._con.execute(query, *values)
            text = " ".join(re.sub(r"--.*", "", query).split())
            taken.append((time.perf_counter() - start, text[:60]))
            return result

        def __getattr__(self, name: str) -> object:
            return getattr(self._con, name)

    start = time.perf_counter()
    fill = dataset._fill
    dataset._fill = lambda con, *others: fill(Timed(con), *others)  # type: ignore[arg-type]
    dataset.build(Plan.read(Path(folder, "plan.json"), Folder(Path(folder))), "speed", Path("profile.duckdb"))
    print(f"{'all':60}{time.perf_counter() - start:>10.2f} s")
    for seconds, text in sorted(taken, reverse=True)[:SHOWN]:
        print(f"{text:60}{seconds:>10.2f} s")


def build(folder: Path, out: Path) -> Run:
    command = ("assemble", "--plan", folder / "plan.json", "--dataset", "speed", "--threads", 2, "--out", out)
    return run(sys.executable, "-m", "ttdata", *command, folder=folder)


def main(size: str = "122,000", rounds: int = 5) -> None:
    with TemporaryDirectory() as name, MockProcess(1_000_000) as mock, TemporaryDirectory() as scratch:
        folder = Path(name)
        snakemake(SIZES[size], f"http://127.0.0.1:{mock.port}", folder)
        sides = {
            READ: partial(run, sys.executable, __file__, "read", folder),
            BUILD: partial(build, folder, Path(scratch, "speed.duckdb")),
        }
        runs = in_turn(sides, rounds)
        print(f"about {size} videos, {rounds} rounds\n{table(runs, READ)}\n\nThe statements of one build step:")
        print(run(sys.executable, __file__, "profile", folder).output.rstrip())


if __name__ == "__main__":
    if sys.argv[1:2] in (["read"], ["profile"]):
        {"read": read_json, "profile": profile}[sys.argv[1]](sys.argv[2])
    else:
        main(*sys.argv[1:2], *map(int, sys.argv[2:]))
