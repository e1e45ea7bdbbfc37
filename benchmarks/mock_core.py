"""The time that the core of the mock takes for a page, without HTTP, by the size of its world.

    python benchmarks/mock_core.py

Pages have up to 100 videos with all fields. first: the first page of a common filter (two regions, 30 days); next: the
pages after it, none of which was requested before; again: the same pages requested again; rare: a keyword that few
videos of the 30 days contain, so that each is checked. Over twelve windows of 30 days; the first window, in which
tables are built, is left out. Pages are made from tables of a thousand videos, so one page in ten takes longer: the
numbers are means and maxima. They are CPU time, which other programs on the machine change least.
"""

import json
import time
from datetime import date, timedelta
from statistics import mean
from typing import Any
from urllib.parse import urlencode

from mock_process import FIELDS, SIZES, where

from mockserver import Core, Request, Response

COMMON = where("region_code", "US", "DE")
KINDS = ("first", "next", "again", "rare")
PAGES = range(100, 1_100, 100)


class Client:
    """Sends requests to a core of its own."""

    def __init__(self, videos: int) -> None:
        self._core = Core()
        key = {"client_key": f"mock:quota=1000000,videos={videos}", "client_secret": "mock-secret"}
        form = urlencode(key | {"grant_type": "client_credentials"}).encode()
        answer = self._core.handle(Request("POST", "/v2/oauth/token/", body=form))
        self._headers = {"authorization": f"Bearer {json.loads(answer.body)['access_token']}"}

    def page(self, body: dict[str, Any]) -> tuple[Response, float]:
        """One page, and the seconds of CPU time that it took."""
        text = json.dumps({"max_count": 100} | body).encode()
        request = Request("POST", "/v2/research/video/query/", {"fields": FIELDS}, self._headers, text)
        start = time.process_time()
        answer = self._core.handle(request)
        return answer, time.process_time() - start


def measure(client: Client, window: dict[str, Any], rare: str, seconds: dict[str, list[float]]) -> list[int]:
    """Add the times of all kinds of pages in a window. Returns the sizes of the pages after the first, in bytes."""
    answer, first = client.page(window | {"query": COMMON})
    search = {"query": COMMON, "search_id": json.loads(answer.body)["data"]["search_id"]}
    following, again = ([client.page(window | search | {"cursor": cursor}) for cursor in PAGES] for _ in range(2))
    pages = [answer for answer, _ in following if answer.status == 200]
    seconds["first"].append(first)
    seconds["next"] += [taken for answer, taken in following if answer.status == 200]
    seconds["again"] += [taken for answer, taken in again if answer.status == 200]
    seconds["rare"].append(client.page(window | {"query": where("keyword", rare)})[1])
    return [len(answer.body) for answer in pages]


def main() -> None:
    print(f"{'videos':>12}" + "".join(f"{kind:>17}" for kind in KINDS) + f"{'page':>10}")
    print(" " * 12 + f"{'mean / max ms':>17}" * len(KINDS))
    for videos in SIZES:
        client, sizes = Client(videos), list[int]()
        for number in range(13):
            start = date(2025, 4, 1) + timedelta(days=30 * number)
            window = {"start_date": f"{start:%Y%m%d}", "end_date": f"{start + timedelta(days=29):%Y%m%d}"}
            if number < 2:
                seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
            sizes += measure(client, window, "abschiebung", seconds)
        cells = (f"{mean(seconds[kind]) * 1_000:.2f} / {max(seconds[kind]) * 1_000:.1f}" for kind in KINDS)
        row = f"{videos:>12,}" + "".join(f"{cell:>17}" for cell in cells)
        print(f"{row}{mean(sizes) / 1_000:>7.0f} kB", flush=True)


if __name__ == "__main__":
    main()
