"""Builds with one stream, four and sixteen, from a server that answers at once and from one that takes its time.

    python benchmarks/streams.py [ROUNDS]

Sixteen searches of 30 days each. The seconds are those from the plan to the last receipt; CPU time and memory are those
of the whole build. The streams take turns, ROUNDS times (5). A job's start is that of `ttdata collect` on a search that
is complete: it sends nothing.
"""

import asyncio
import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from in_turn import Run, in_turn, run, table
from mock_process import MockProcess
from speed_study import Size, snakemake

from mockserver import Core, Request, Response

DELAY = 0.2  # seconds
FEW, MANY = Size("few", "25e4", 480), Size("many", "1e6", 480)


class SlowCore(Core):
    """Answers each request after DELAY, without using the processor."""

    def handle(self, request: Request) -> Response:
        return replace(super().handle(request), delay=DELAY)


def serve() -> None:
    from mockserver.adapters.http_server import serve as serve_core

    ready = partial(print, flush=True)
    asyncio.run(serve_core(SlowCore(), "127.0.0.1", 0, exit_with=None, ready=lambda url, _: ready(url)))


class SlowProcess(MockProcess):
    """A process that serves a SlowCore."""

    command = (sys.executable, __file__, "serve")


def build(size: Size, url: str, streams: int) -> Run:
    with TemporaryDirectory() as name:
        folder = Path(name)
        result = snakemake(size, url, folder, streams=streams)
        last = max(path.stat().st_mtime for path in folder.glob("raw/*/videos/*.receipt.json"))
        return replace(result, seconds=last - (folder / "plan.json").stat().st_mtime)


def start_of_a_job(url: str) -> Run:
    """Collect a search that is complete."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        snakemake(FEW, url, folder)
        plan = json.loads((folder / "plan.json").read_text())
        first = plan["slices"][0]["name"]
        receipt = next(folder.glob(f"raw/*/videos/{first}.receipt.json"))
        command = ("collect", "--plan", "plan.json", "--slice", first, "--receipt", receipt)
        return min(
            (
                run(sys.executable, "-m", "ttdata", *command, folder=folder, environment=FEW.environment)
                for _ in range(9)
            ),
            key=lambda each: each.seconds,
        )


def main(rounds: int = 5) -> None:
    with MockProcess(1_000_000) as mock, SlowProcess(1_000_000) as slow:
        for title, size, port in (("no time", MANY, mock.port), (f"{DELAY * 1_000:.0f} ms", FEW, slow.port)):
            url = f"http://127.0.0.1:{port}"
            sides = {f"{streams} streams": partial(build, size, url, streams) for streams in (1, 4, 16)}
            print(f"a server that takes {title} for an answer, {rounds} rounds")
            print(table(in_turn(sides, rounds), "1 streams"), "\n", flush=True)
        job = start_of_a_job(f"http://127.0.0.1:{mock.port}")
    print(f"start of a job: {job.seconds:.2f} s, best of nine")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve()
    else:
        main(*map(int, sys.argv[1:]))
