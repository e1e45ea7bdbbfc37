"""Try the claims, and print the proof page.

    python -m tests.proof [ROW ...] [--trials N] [--seed N]

Without a row, all of them: that takes hours. The page also has the last results of the other rows. Status 1 if a trial
of a row failed.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.proof import results
from tests.proof.page import page
from tests.proof.results import Stored
from tests.proof.rows import ROWS, Row


def main(words: Sequence[str]) -> int:
    options = _parser().parse_args(words)
    failed = False
    for row in [row for row in ROWS if row.name in options.rows or not options.rows]:
        print(f"{row.name}: {row.claim} ...", file=sys.stderr, flush=True)
        stored = _tried(row, options.trials or row.trials, options.seed)
        results.store(row.name, stored, options.results)
        failed = failed or bool(stored.result.failures) or not stored.result.trials
    print(page(results.read(options.results)), end="")
    return int(failed)


def _tried(row: Row, trials: int, seed: int) -> Stored:
    here, started = results.circumstances(), time.monotonic()
    result = row.run(trials, seed)
    return Stored(result=result, seed=seed, minutes=round((time.monotonic() - started) / 60, 1), **here)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description="Try the claims, and print the page.")
    parser.add_argument("rows", nargs="*", choices=[[], *(row.name for row in ROWS)], help="Default: all.")
    parser.add_argument("--trials", type=int, default=0, help="Trials per row. Default: those of the row.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=results.FILE, help="Where the results are stored.")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
