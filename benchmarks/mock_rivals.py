"""Pages per second: this mock, which evaluates each search, compared with mock servers that replay a recorded page.

    npm install --prefix /tmp/rivals @stoplight/prism-cli @mockoon/cli
    python3 -m venv /tmp/rivals/venv && /tmp/rivals/venv/bin/pip install pytest-httpserver
    python benchmarks/mock_rivals.py /tmp/rivals

The page has 100 videos with all FIELDS, recorded from this mock. There is one client with one connection. Every server
runs on the first core, and the client on the second. The servers take turns, in ROUNDS rounds of SECONDS each, and the
results are medians of the rounds. Logging and templates of the other servers are switched off. The CPU time is that of
the server alone: on a machine with other programs, it means more than pages per second. Linux only.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from mock_process import FIELDS, JSON, MockProcess, cpu_seconds, where

ROUNDS, SECONDS = 5, 2.0
PATH = "/v2/research/video/query/"
QUERY, WINDOW = where("region_code", "US", "DE"), {"start_date": "20260201", "end_date": "20260302"}
HTTPSERVER = """
import sys, time
from pytest_httpserver import HTTPServer
with HTTPServer(host="127.0.0.1", port=int(sys.argv[2])) as server:
    server.expect_request({path!r}).respond_with_data(open(sys.argv[1], "rb").read(), content_type="application/json")
    time.sleep(600)
"""
Sender = Callable[[], bytes]


def mockoon(page: bytes, port: int) -> dict[str, Any]:
    """The file of Mockoon for one route with one answer."""
    answer = {"uuid": "r", "body": page.decode(), "statusCode": 200, "disableTemplating": True, "default": True}
    answer |= {"headers": [{"key": "Content-Type", "value": "application/json"}], "bodyType": "INLINE"}
    route = {"uuid": "a", "type": "http", "method": "post", "endpoint": PATH.strip("/"), "responses": [answer]}
    tree = {"routes": [route], "rootChildren": [{"type": "route", "uuid": "a"}]}
    return {"uuid": "e", "name": "page", "lastMigration": 33, "hostname": "127.0.0.1", "port": port} | tree


def openapi(page: bytes) -> dict[str, Any]:
    """An OpenAPI document whose only example is the page."""
    answer = {"200": {"description": "A page", "content": {"application/json": {"example": json.loads(page)}}}}
    request_body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    info = {"title": "page", "version": "1"}
    return {
        "openapi": "3.1.0",
        "info": info,
        "paths": {PATH: {"post": {"requestBody": request_body, "responses": answer}}},
    }


def commands(root: Path, folder: Path, page: bytes) -> Iterator[tuple[str, int, list[str]]]:
    """The name, port and command of each other server."""
    ports = [free_port() for _ in range(3)]
    files = folder / "mockoon.json", folder / "openapi.json", folder / "page.json"
    files[0].write_text(json.dumps(mockoon(page, ports[0])))
    files[1].write_text(json.dumps(openapi(page)))
    files[2].write_bytes(page)
    node, python = root / "node_modules/.bin", root / "venv/bin/python"
    yield "Mockoon", ports[0], [f"{node}/mockoon-cli", "start", "--repair", "-X", "--data", str(files[0])]
    yield "Prism", ports[1], [f"{node}/prism", "mock", "-v", "silent", "-p", str(ports[1]), str(files[1])]
    code = HTTPSERVER.format(path=PATH)
    yield "pytest-httpserver", ports[2], [str(python), "-c", code, str(files[2]), str(ports[2])]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def other_server(port: int, command: list[str], body: str) -> Iterator[tuple[Sender, int]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            time.sleep(0.1)
            if socket.socket().connect_ex(("127.0.0.1", port)) == 0:
                break
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        yield (lambda: send(connection, body)), process.pid
    finally:
        process.terminate()
        process.wait(10)


def send(connection: http.client.HTTPConnection, body: str) -> bytes:
    try:
        connection.request("POST", f"{PATH}?fields={FIELDS}", body, JSON)
        answer = connection.getresponse()
    except ConnectionError:  # closed during the turns of the others
        connection.close()
        connection.request("POST", f"{PATH}?fields={FIELDS}", body, JSON)
        answer = connection.getresponse()
    assert answer.status == 200, answer.read()[:300]
    return answer.read()


def likeness(answer: bytes, page: bytes) -> str:
    """Whether an answer is the page that was recorded."""
    answered, recorded = (json.loads(text)["data"]["videos"] for text in (answer, page))
    ids = sum(left["id"] != right["id"] for left, right in zip(answered, recorded, strict=True))
    return "the page as recorded" if answered == recorded else f"{ids} of {len(recorded)} ids are not the recorded ones"


def rate(send: Sender, process: int) -> tuple[float, float]:
    """Pages per second, and milliseconds of CPU time per page."""
    end, count, start, cpu_start = time.perf_counter() + SECONDS, 0, time.perf_counter(), cpu_seconds(process)
    while time.perf_counter() < end:
        assert len(page := send()) > 10_000, page[:300]
        count += 1
    return count / (time.perf_counter() - start), (cpu_seconds(process) - cpu_start) * 1_000 / count


def new_pages(mock: MockProcess) -> Iterator[bytes]:
    """Pages that were not requested before: of searches in 30 days that start a day later each time."""
    for day in (date(2025, 1, 1) + timedelta(days=number) for number in range(480)):
        window = {"start_date": f"{day:%Y%m%d}", "end_date": f"{day + timedelta(days=29):%Y%m%d}"}
        page = mock.send("POST", *mock.page_request(QUERY, **window))
        search_id = json.loads(page)["data"]["search_id"]
        for cursor in range(100, 5_000, 100):
            if b'"has_more":false' in page[-300:]:
                break
            yield page
            page = mock.send("POST", *mock.page_request(QUERY, search_id=search_id, cursor=cursor, **window))


def main(root: str) -> None:
    with ExitStack() as stack, TemporaryDirectory() as folder:
        os.sched_setaffinity(0, {0})  # the servers inherit it
        mock, other, third = (stack.enter_context(MockProcess(1_000_000)) for _ in range(3))
        search_id = mock.page(QUERY, **WINDOW)[0]["search_id"]
        requests = [
            mock.page_request(QUERY, search_id=search_id, cursor=cursor, **WINDOW) for cursor in range(0, 1_000, 100)
        ]
        turns, body = cycle(requests), requests[0][1]
        page, pages = mock.send("POST", *requests[0]), new_pages(third)
        senders: dict[str, tuple[Sender, int]] = {
            "this mock: new pages": (lambda: next(pages), third.process),
            "this mock: ten pages in turn": (lambda: mock.send("POST", *next(turns)), mock.process),
            "this mock: a new search each": (
                lambda: other.send("POST", *other.page_request(QUERY, **WINDOW)),
                other.process,
            ),
        }
        for name, port, command in commands(Path(root), Path(folder), page):
            send, process = stack.enter_context(other_server(port, command, body))
            senders[f"{name}: one page replayed"] = send, process
            print(f"{name}: {likeness(send(), page)}")
        os.sched_setaffinity(0, {1})
        rates: dict[str, list[tuple[float, float]]] = {name: [] for name in senders}
        for _ in range(ROUNDS):
            for name, (send, process) in senders.items():
                rates[name].append(rate(send, process))
    base = median(each for each, _ in next(iter(rates.values())))
    head = f"100 videos, {len(page) // 1_000:,} kB a page"
    print(f"{head:<38}{'pages/s':>12}{'ratio':>10}{'CPU ms/page':>14}")
    for name, rounds in rates.items():
        speed, cost = (median(numbers) for numbers in zip(*rounds, strict=True))
        print(f"{name:<38}{speed:>12.0f}{speed / base:>10.2f}{cost:>14.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
