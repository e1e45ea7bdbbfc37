"""Whether the memory of the mock server stays the same, however many requests it answers.

    python benchmarks/mock_soak.py [REQUESTS]

Sends REQUESTS (1,000,000) to a server in a separate process, from one client key after the other: requests for tokens,
searches with several pages, random samples, comments, accounts, lists of followers and of liked videos, compliance
tasks, and requests that are refused or answered with a fault. Every tenth visit is by the same client key, so that its
journal, tokens, searches and tasks pile up until the server forgets it. Prints the resident memory every 50,000
requests. The verdict compares the end with the first quarter, in which caches and tables fill. That takes more than
100,000 requests: a run of less than a million may say GROWS too early. The exit status is 1 if memory grows by more
than 10 MB after the first quarter. Linux only.
"""

import json
import sys
import time
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import urlencode

from mock_process import JSON, MockProcess, where

EVERY = 50_000  # requests
TOLERANCE = 10.0  # MB
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VIDEO, USER, COMMENT = "id,create_time,username,video_description", "display_name,follower_count", "id,text,create_time"

UPLOAD = """--x
Content-Disposition: form-data; name="category"

video
--x
Content-Disposition: form-data; name="file_data"; filename="ids.txt"

{ids}
--x--
"""


class Visitor:
    """One client key: each step of `visit` is a request that was answered."""

    def __init__(self, mock: MockProcess, key: str, sample: dict[str, Any]) -> None:
        self._mock, self._key, self._sample = mock, key, sample
        self._headers = dict(JSON)

    def visit(self) -> Iterator[None]:
        form = {"client_key": self._key, "client_secret": "mock-secret", "grant_type": "client_credentials"}
        token = json.loads(self._mock.send("POST", "/v2/oauth/token/", urlencode(form), FORM))["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"
        yield
        yield from self._search()
        yield from self._lists()
        yield from self._task()
        yield from self._refused()

    def _post(self, path: str, fields: str, **body: Any) -> dict[str, Any]:
        answer = self._mock.send("POST", f"/v2/research/{path}/?fields={fields}", json.dumps(body), self._headers)
        data: dict[str, Any] = json.loads(answer).get("data", {})
        return data

    def _search(self) -> Iterator[None]:
        body = {name: self._sample[name] for name in ("start_date", "end_date")} | {"max_count": 20}
        body["query"] = where("region_code", "US", "DE")
        for _ in range(4):
            page = self._post("video/query", VIDEO, **body)
            yield
            if not page.get("has_more"):
                break
            body |= {"cursor": page["cursor"], "search_id": page["search_id"]}
        self._post("video/query", VIDEO, **body | {"is_random": True, "cursor": 0, "search_id": ""})
        yield

    def _lists(self) -> Iterator[None]:
        username = self._sample["username"]
        for path, fields in (("info", USER), ("followers", ""), ("following", ""), ("liked_videos", VIDEO)):
            self._post(f"user/{path}", fields, username=username)
            yield
        for cursor in (0, 100):
            self._post("video/comment/list", COMMENT, video_id=self._sample["video_id"], max_count=100, cursor=cursor)
            yield

    def _task(self) -> Iterator[None]:
        ids = "\r\n".join([str(self._sample["video_id"])] * 100)
        text = UPLOAD.replace("\n", "\r\n").format(ids=ids)
        headers = self._headers | {"Content-Type": "multipart/form-data; boundary=x"}
        answer = self._mock.send("POST", "/v2/research/validation_task/create/", text, headers)
        yield
        self._post("validation_task_status/get", "", task_id=json.loads(answer)["data"]["task_id"])
        yield

    def _refused(self) -> Iterator[None]:
        for username in ("mock_private", "mock_missing"):
            self._post("user/info", USER, username=username)
            yield
        for path, body in (("no/such/path", "{}"), ("user/info", "no JSON")):
            self._mock.send("POST", f"/v2/research/{path}/", body, self._headers)
            yield
        self._mock.send("POST", "/v2/research/user/info/", "{}", {"Authorization": "Bearer wrong"})
        yield


def visits(mock: MockProcess) -> Iterator[None]:
    """Requests without an end, by a new client key each time, except every tenth."""
    sample = json.loads(mock.send("GET", "/__mock__/sample"))
    for number in count():
        key = f"mock:quota=1000000000,org=visitor{number}" if number % 10 else "mock:quota=1000000000,scenario=bursts"
        yield from Visitor(mock, key, sample).visit()


def main(requests: int = 1_000_000) -> int:
    print(f"{'requests':>12}{'memory':>12}{'requests/s':>14}")
    memory = []
    with MockProcess(100_000) as mock:
        start = time.perf_counter()
        for number, _ in enumerate(visits(mock), 1):
            if number % EVERY == 0 or number == requests:
                memory.append((number, mock.memory[0]))
                rate = number / (time.perf_counter() - start)
                print(f"{number:>12,}{memory[-1][1]:>9.1f} MB{rate:>14,.0f}", flush=True)
            if number == requests:
                break
    filled = next(size for number, size in memory if 4 * number >= requests)
    growth = memory[-1][1] - filled
    print(f"{'flat' if growth <= TOLERANCE else 'GROWS'}: {growth:+.1f} MB after the first quarter")
    return int(growth > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
