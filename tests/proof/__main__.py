"""Print the proof page.

    python -m tests.proof [ROW ...] [--trials N] [--seed N]

Without a row, all of them: that takes hours. Status 1 if a trial of any claim failed.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.proof.result import Result
from tests.proof.rows import ROWS, Row
from tests.support import PROJECT

_SHOWN = 5


def main(words: Sequence[str]) -> int:
    options = _parser().parse_args(words)
    rows = [row for row in ROWS if row.name in options.rows or not options.rows]
    print(_head(options.seed), flush=True)
    failed, details = False, dict[str, list[str]]()
    for row in rows:
        started = time.monotonic()
        result = row.run(options.trials or row.trials, options.seed)
        failed = failed or bool(result.failures) or not result.trials
        print(_line(row, result, time.monotonic() - started), flush=True)
        details[row.name] = result.details
    for name, lines in details.items():
        if lines:
            print(f"\n## {name}\n\n```diff\n" + "\n".join(lines) + "\n```", flush=True)
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description="Print the proof page.")
    parser.add_argument("rows", nargs="*", choices=[[], *(row.name for row in ROWS)], help="Default: all.")
    parser.add_argument("--trials", type=int, default=0, help="Trials per row. Default: those of the row.")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def _head(seed: int) -> str:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=PROJECT, capture_output=True, text=True, check=False
    ).stdout.strip()
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return (
        f"# Proof\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit or 'unknown'}, {machine}, seed {seed}\n\n"
        "| claim | trials | failed | minutes |\n|---|---|---|---|"
    )


def _line(row: Row, result: Result, seconds: float) -> str:
    lines = [f"| {row.claim} (`{row.name}`) | {result.trials:,} | {len(result.failures)} | {seconds / 60:.1f} |"]
    lines += [f"|   FAILED: {each} | | | |" for each in result.failures[:_SHOWN]]
    lines += [f"|   {each} | | | |" for each in result.notes[:_SHOWN]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
