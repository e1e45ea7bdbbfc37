"""The time that the mock server takes for a page of 100 videos with all fields, by the size of its world.

    python benchmarks/mock_pages.py

first: the first page of a common filter (two regions, 30 days); next: pages 2 to 11 of the same search; again: the
same pages requested again; packed: again, compressed by the server; rare: a keyword that no video of the 30 days
contains, so that each is checked. The numbers are the median and the slowest over twelve windows of 30 days. The first
window, in which tables are built, is left out.
"""

from datetime import date, timedelta
from statistics import median
from typing import Any

from mock_process import SIZES, MockProcess, where

COMMON = where("region_code", "US", "DE")
RARE = where("keyword", "zyzzyva")
KINDS = ("first", "next", "again", "packed", "rare")


def windows() -> list[dict[str, str]]:
    starts = [date(2025, 4, 1) + timedelta(days=30 * n) for n in range(13)]
    return [{"start_date": f"{day:%Y%m%d}", "end_date": f"{day + timedelta(days=29):%Y%m%d}"} for day in starts]


def pages(mock: MockProcess, window: dict[str, Any], search_id: str, *, packed: bool = False) -> list[float]:
    durations = []
    for cursor in range(100, 1_100, 100):
        data, seconds = mock.page(COMMON, packed=packed, search_id=search_id, cursor=cursor, **window)
        durations.append(seconds)
        if not data["has_more"]:
            break
    return durations


def measure(mock: MockProcess) -> dict[str, list[float]]:
    durations: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number, window in enumerate(windows()):
        data, first = mock.page(COMMON, **window)
        following, again = (pages(mock, window, data["search_id"]) for _ in range(2))
        packed = pages(mock, window, data["search_id"], packed=True)
        _, rare = mock.page(RARE, **window)
        if number:
            for kind, seconds in zip(KINDS, ([first], following, again, packed, [rare]), strict=True):
                durations[kind] += seconds
    return durations


def main() -> None:
    print(f"{'videos':>12}" + "".join(f"{kind:>17}" for kind in KINDS))
    print(" " * 12 + f"{'median/max ms':>17}" * len(KINDS))
    for videos in SIZES:
        with MockProcess(videos) as mock:
            durations = measure(mock)
        cells = (f"{median(durations[kind]) * 1_000:.1f} / {max(durations[kind]) * 1_000:.1f}" for kind in KINDS)
        print(f"{videos:>12,}" + "".join(f"{cell:>17}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
