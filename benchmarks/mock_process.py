"""A mock server in a separate process and a client with one connection, for the benchmarks of the mock server."""

import gzip
import http.client
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

SIZES = (100_000, 1_000_000, 10_000_000)
FIELDS = (
    "id,create_time,username,region_code,video_description,music_id,like_count,comment_count,share_count,view_count,"
    "hashtag_names,is_stem_verified,favorites_count,video_duration,hashtag_info_list,sticker_info_list,effect_ids,"
    "video_mention_list,video_label,playlist_id,voice_to_text,effect_info_list,video_tag"
)
JSON = {"Content-Type": "application/json"}
_GZIP = b"\x1f\x8b"


class MockProcess:
    """`python -m mockserver` on a free port, with a client whose quota is very large. A context manager.

    start_seconds: from the start of the process until it answered its first request.
    """

    command = (sys.executable, "-m", "mockserver", "--port", "0", "--videos")

    def __init__(self, videos: int) -> None:
        start = time.perf_counter()
        self._process = subprocess.Popen(
            [*self.command, str(videos)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        assert self._process.stdout
        address = re.search(r"127\.0\.0\.1:(\d+)", self._process.stdout.readline())
        assert address, "the server did not print its address"
        self.port = int(address.group(1))
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.send("GET", "/__mock__/health")
        self.start_seconds = time.perf_counter() - start
        self._headers = dict(JSON)

    def __enter__(self) -> "MockProcess":
        form = {"client_key": "mock:quota=1000000", "client_secret": "mock-secret", "grant_type": "client_credentials"}
        as_form = {"Content-Type": "application/x-www-form-urlencoded"}
        token = json.loads(self.send("POST", "/v2/oauth/token/", urlencode(form), as_form))["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.communicate(timeout=10)

    def send(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> bytes:
        self._connection.request(method, path, body or None, headers or {})
        return self._connection.getresponse().read()

    def page(self, query: dict[str, Any], *, packed: bool = False, **body: Any) -> tuple[dict[str, Any], float]:
        """One page of up to 100 videos with all FIELDS, and the seconds until its last byte arrived.

        packed: compressed by the server, as most clients accept it.
        """
        path, text, headers = self.page_request(query, **body)
        start = time.perf_counter()
        raw = self.send("POST", path, text, headers | ({"Accept-Encoding": "gzip"} if packed else {}))
        seconds = time.perf_counter() - start
        answer = json.loads(gzip.decompress(raw) if raw.startswith(_GZIP) else raw)  # small ones are sent as they are
        assert answer["error"]["code"] == "ok", answer
        return answer["data"], seconds

    def page_request(self, query: dict[str, Any], **body: Any) -> tuple[str, str, dict[str, str]]:
        """The path, body and headers of the request that `page` sends."""
        text = json.dumps({"query": query, "max_count": 100} | body)
        return f"/v2/research/video/query/?fields={FIELDS}", text, self._headers

    @property
    def process(self) -> int:
        return self._process.pid

    @property
    def memory(self) -> tuple[float, float]:
        """Resident memory in MB: now, and its maximum. Linux only."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        now, highest = (int(re.findall(rf"{name}:\s+(\d+)", status)[0]) / 1_024 for name in ("VmRSS", "VmHWM"))
        return now, highest


def cpu_seconds(process: int) -> float:
    """The CPU time of a process and its children, which other programs on the machine hardly change. Linux only."""
    folder = Path(f"/proc/{process}")
    user, system = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    children = (folder / "task" / str(process) / "children").read_text().split()
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") + sum(cpu_seconds(int(child)) for child in children)


def where(field: str, *values: str, operation: str = "IN") -> dict[str, Any]:
    return {"and": [{"field_name": field, "operation": operation, "field_values": list(values)}]}
