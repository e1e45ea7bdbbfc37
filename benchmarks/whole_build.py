"""A whole build (plan, collect, build, audit), compared with a bare loop of `requests` and with dlt.

    python3 -m venv /tmp/dlt && /tmp/dlt/bin/pip install "dlt[duckdb]" pyarrow requests
    python benchmarks/whole_build.py /tmp/dlt [SIZE [ROUNDS]]

All fetch the same pages of one mock server, in turn, ROUNDS times (5). The sizes are 10,000, 122,000 (default) and
1,000,000 videos. dlt loads what the loop fetches, as Arrow tables or from Parquet files that it writes. It does nothing
else of what a build does: no quota ledger, no pages as received, no checks, no provenance, no audit.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from in_turn import Run, in_turn, run, table
from mock_process import MockProcess
from speed_study import SIZES, snakemake

HERE = Path(__file__).parent
LOOP, BUILD = "bare loop of requests", "whole build"


def whole_build(url: str, size: str) -> Run:
    with TemporaryDirectory() as folder:
        return snakemake(SIZES[size], url, Path(folder))


def main(dlt: str, size: str = "122,000", rounds: int = 5) -> None:
    with MockProcess(1_000_000) as mock:
        url = f"http://127.0.0.1:{mock.port}"
        sides: dict[str, Callable[[], Run]] = {
            LOOP: partial(run, sys.executable, HERE / "bare_loop.py", url, size),
            BUILD: partial(whole_build, url, size),
        }
        for form in ("arrow", "parquet"):
            command = (Path(dlt, "bin/python"), HERE / "dlt_pipeline.py", url, size, form)
            sides[f"dlt, {form}"] = partial(run, *command, environment={"RUNTIME__DLTHUB_TELEMETRY": "false"})
        runs = in_turn(sides, rounds)
    print(f"about {size} videos, {runs[LOOP][0].output.strip()}, {rounds} rounds; ratio: of a side to the whole build")
    print(table(runs, BUILD))


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
