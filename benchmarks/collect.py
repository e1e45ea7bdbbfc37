"""Collecting in one stream, compared with a bare loop of `requests` that fetches the same pages and parses them.

    python benchmarks/collect.py [SIZE [ROUNDS]]

Both send their requests to one mock server, in turn, ROUNDS times (5): one connection, pages of up to 100 videos with
all fields. SIZE: 10,000, 122,000 (default) or 1,000,000 videos. Then comes a profile of collecting, by function.
"""

import cProfile
import pstats
import sys
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median

from bare_loop import pages
from in_turn import in_turn, run, table
from mock_process import MockProcess
from speed_study import SECRET, SIZES

LOOP, COLLECT = "bare loop of requests", "collect, one stream"
SHOWN = 12  # functions


def collect(url: str, size: str) -> None:
    """Collect all searches of the speed study into the current folder."""
    from ttapi import Client, Credentials, Ledger
    from ttdata.collect.slices import collect_slice
    from ttdata.plan.plan import Plan
    from ttdata.study.study import Study

    plan = Plan.of(Study.check(SIZES[size].study(url), today=date(2026, 6, 1)))
    ledger = Ledger("ledger.sqlite", limits={"general": 1_000_000})
    credentials = Credentials(SIZES[size].key, SECRET)
    for slice_ in plan.slices:
        collect_slice(
            plan, slice_, lambda on_answer: Client(url, credentials=credentials, ledger=ledger, on_answer=on_answer)
        )


def profile(url: str, size: str) -> None:
    """Print the functions of collecting that take longest, without those that they call."""
    profiler = cProfile.Profile()
    profiler.runcall(collect, url, size)
    statistics = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    rows = sorted(((own, calls, where) for where, (_, calls, own, _, _) in statistics.items()), reverse=True)
    print(f"{'all, with the profiler':60}{sum(own for own, _, _ in rows):>10.2f} s")
    for own, calls, (file, line, name) in rows[:SHOWN]:
        place = f"{'/'.join(Path(file).parts[-2:])}:{line} " if line else ""
        print(f"{f'{place}{name}'[:52]:52}{calls:>8,}{own:>10.2f} s")


def main(size: str = "122,000", rounds: int = 5) -> None:
    with MockProcess(1_000_000) as mock:
        url = f"http://127.0.0.1:{mock.port}"
        sides = {
            LOOP: partial(run, sys.executable, Path(__file__).with_name("bare_loop.py"), url, size),
            COLLECT: partial(run, sys.executable, __file__, "collect", url, size),
        }
        runs = in_turn(sides, rounds)
        count = sum(1 for _ in pages(url, SIZES[size]))
        more = median(one.seconds - other.seconds for one, other in zip(runs[COLLECT], runs[LOOP], strict=True))
        print(f"about {size} videos, {count:,} pages, {rounds} rounds\n{table(runs, LOOP)}")
        print(f"collecting takes {more / count * 1_000:.2f} ms per page more than the loop\n\nA profile of collecting:")
        print(run(sys.executable, __file__, "profile", url, size).output.rstrip())


if __name__ == "__main__":
    if sys.argv[1:2] in (["collect"], ["profile"]):
        {"collect": collect, "profile": profile}[sys.argv[1]](*sys.argv[2:])
    else:
        main(*sys.argv[1:2], *map(int, sys.argv[2:]))
