"""Servers that answer anything at all: a comparison ends with a report or with a sentence."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver import InProcess
from mockserver.conform.destination import Credentials
from mockserver.conform.report import report_of
from mockserver.conform.requests import MOST
from mockserver.conform.run import Run, Stopped
from mockserver.conform.store import Store
from mockserver.core import Core
from mockserver.messages import Request, Response
from mockserver.tenants.options import SECRET

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 1 << 60) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
# Values where a good answer has others
KEYS = (
    "videos",
    "comments",
    "cursor",
    "has_more",
    "search_id",
    "user_followers",
    "task_id",
    "shop_data",
    "playlist_video_ids",
)
VIDEO_KEYS = ("id", "username", "view_count", "comment_count", "playlist_id", "video_mention_list", "hashtag_names")
RECORD = st.dictionaries(st.sampled_from(VIDEO_KEYS), JSON, min_size=1)
DATA = st.dictionaries(st.sampled_from(KEYS), JSON | st.lists(RECORD, max_size=12))
ERROR = st.dictionaries(st.sampled_from(("code", "message")), JSON) | JSON
CONTENT = st.fixed_dictionaries({"data": DATA | JSON}, optional={"error": ERROR}) | JSON


class OddCore(Core):
    """Gives tokens, and answers each other request with one of some contents."""

    def __init__(self, contents: list[Any], statuses: list[int]) -> None:
        super().__init__()
        self._contents, self._statuses, self._count = contents, statuses, 0

    def handle(self, request: Request) -> Response:
        response = super().handle(request)
        if "/oauth/" in request.path:
            return response
        self._count += 1
        content = self._contents[self._count % len(self._contents)]
        status = self._statuses[self._count % len(self._statuses)]
        return Response(status, orjson.dumps(content), {"Content-Type": "application/json"})


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(CONTENT, min_size=1, max_size=8),
    st.lists(st.sampled_from([200, 400, 401, 404, 429, 500, 504]), min_size=1),
)
def test_any_answer_ends_in_a_report_or_a_sentence(tmp_path: Path, contents: list[Any], statuses: list[int]) -> None:
    file = tmp_path / "answers"
    file.unlink(missing_ok=True)
    with InProcess(OddCore(contents, statuses)) as mock:
        run = Run(mock.url, Credentials("mock", SECRET), Store(file, {}), sleep=mock.sleep)
        with suppress(Stopped):
            json.dumps(report_of(mock.url, run.run(), run.sent))
    assert run.sent <= MOST
