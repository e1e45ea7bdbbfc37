"""What a server that runs for long forgets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import core as core_module
from mockserver.behaviours.recent import Recent
from mockserver.core import Core
from tests.mockserver.conftest import Api


@given(st.lists(st.tuples(st.integers(0, 30), st.integers()), max_size=60), st.integers(1, 12))
def test_a_table_keeps_what_was_added_last(entries: list[tuple[int, int]], most: int) -> None:
    recent, every = Recent[int, int](most, entries), dict[int, int]()
    for key, value in entries:
        if key not in every and len(every) == most:
            del every[next(iter(every))]
        every[key] = value
    assert list(recent.items()) == list(every.items())
    assert len(recent) <= most


def test_the_client_that_was_used_longest_ago_is_forgotten(
    api: Api, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_module, "MOST_TENANTS", 3)
    tokens = {key: api.token_answer(key).json()["access_token"] for key in ("mock:org=a", "mock:org=b", "mock:org=c")}
    Api(api.mock, "mock:org=a", tokens).data("user/info", {"username": "mock_empty"}, "video_count")
    api.token_answer("mock:org=d")
    assert list(core.tenants) == ["mock:org=c", "mock:org=a", "mock:org=d"]
