"""The time that the mock server takes to start, and the memory that it needs, by the size of its world.

    python benchmarks/mock_start.py [REPEATS]

start: from the start of the process to its first answer; first page: of a common filter, right after the start; memory:
resident after the start; highest: its maximum after a search that checks every video of 30 days. The last line is for
the start and stop of a server in a test (the fixture tiktok_mock_server). All are medians of REPEATS runs (5).
"""

import sys
import time
from statistics import median

from mock_process import SIZES, MockProcess, where

from mockserver import Core, InThread

WINDOW = {"start_date": "20260201", "end_date": "20260302"}


def measure(videos: int) -> tuple[float, float, float, float]:
    with MockProcess(videos) as mock:
        memory, _ = mock.memory
        _, page_seconds = mock.page(where("region_code", "US"), **WINDOW)
        mock.page(where("keyword", "a word that no video has", operation="EQ"), **WINDOW)
        return mock.start_seconds, page_seconds, memory, mock.memory[1]


def start_and_stop() -> float:
    start = time.perf_counter()
    with InThread(Core()):
        pass
    return time.perf_counter() - start


def main(repeats: int = 5) -> None:
    print(f"{'videos':>12}{'start':>12}{'first page':>14}{'memory':>12}{'highest':>12}")
    for videos in SIZES:
        start, page, memory, highest = (
            median(column) for column in zip(*map(measure, [videos] * repeats), strict=True)
        )
        print(f"{videos:>12,}{start:>10.2f} s{page * 1_000:>11.0f} ms{memory:>9.0f} MB{highest:>9.0f} MB")
    print(f"in a test: start and stop {median(start_and_stop() for _ in range(repeats)) * 1_000:.0f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
