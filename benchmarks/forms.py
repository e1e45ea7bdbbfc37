"""A dataset as one file and in Parquet files: time and memory of the build step and of the digest, and size on disk.

    python benchmarks/forms.py [SIZE [ROUNDS [MEMORY_MB]]]

Both are built from the pages of the speed study (10,000, 122,000 or 1,000,000 videos), which are collected first, in
turn, ROUNDS times (3). "most" is the largest space that the folder of the dataset and the temporary files took.
"""

import json
import sys
import threading
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from in_turn import Run, in_turn, run, table
from mock_process import MockProcess
from speed_study import SIZES, snakemake

SINGLE, PARQUET = "one file", "Parquet files"


class Watched:
    """The largest size of a folder during a block, looked at ten times a second."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.most = folder, 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Watched":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self.most = max(self.most, size_of(self._folder))


def size_of(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def build(folder: Path, out: Path, memory: int, sizes: dict[str, list[int]], form: str) -> Run:
    command = ("assemble", "--plan", f"plan-{form}.json", "--dataset", "speed", "--threads", 2, "--memory", memory)
    with Watched(out.parent) as watched:
        done = run(sys.executable, "-m", "ttdata", *command, "--out", out, folder=folder)
    sizes[form] = [size_of(out.parent), watched.most]
    return done


def digest(out: Path) -> Run:
    return run(sys.executable, "-m", "ttdata", "digest", out)


def write_plans(folder: Path) -> None:
    plan = json.loads((folder / "plan.json").read_text())
    for form in (SINGLE, PARQUET):
        plan["datasets"][0]["is_in_parquet"] = form == PARQUET
        (folder / f"plan-{form}.json").write_text(json.dumps(plan))


def main(size: str = "122,000", rounds: int = 3, memory: int = 2000) -> None:
    with TemporaryDirectory() as name, MockProcess(1_000_000) as mock, TemporaryDirectory() as scratch:
        folder = Path(name)
        snakemake(SIZES[size], f"http://127.0.0.1:{mock.port}", folder)
        write_plans(folder)
        outs = {form: Path(scratch, form.partition(" ")[0], "speed.duckdb") for form in (SINGLE, PARQUET)}
        sizes: dict[str, list[int]] = {}
        builds = in_turn({form: partial(build, folder, out, memory, sizes, form) for form, out in outs.items()}, rounds)
        digests = in_turn({form: partial(digest, out) for form, out in outs.items()}, rounds)
        print(f"about {size} videos, {rounds} rounds, memory limit {memory} MB\n\nBuild step\n{table(builds, SINGLE)}")
        print(f"\nDigest\n{table(digests, SINGLE)}\n")
        for form, (final, most) in sizes.items():
            print(f"{form:16}{final / 1e6:10.1f} MB{most / 1e6:10.1f} MB at most")
        values = {run_.output for some in digests.values() for run_ in some}
        print("The digests are equal." if len(values) == 1 else f"The digests differ: {values}")


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:]))
