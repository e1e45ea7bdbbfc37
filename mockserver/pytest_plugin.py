"""pytest fixtures: `tiktok_mock` answers in process, `tiktok_mock_server` on a socket.

Marker: `@pytest.mark.tiktok(scenario="bursts", quirks=["null-bytes"], key="mock:quota=5", now="2026-06-02T00:00:00Z")`.
A planned fault that did not happen fails the test.
"""

from collections.abc import Iterator

import pytest

from mockserver.clock import read_time
from mockserver.core import Core
from mockserver.embed import InThread, Mock


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "tiktok(scenario, quirks, key, now): how the mock of TikTok's Research API behaves"
    )


@pytest.fixture
def tiktok_mock(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """The mock behind https://open.tiktokapis.com, for whatever uses requests; no socket is opened."""
    from mockserver.in_process import InProcess  # needs `responses`, which not everybody has who has this plugin

    with InProcess(Core()) as mock:
        yield from _use(mock, request)


@pytest.fixture
def tiktok_mock_server(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """The mock on a free port of the loopback, for clients of any kind."""
    with InThread(Core()) as mock:
        yield from _use(mock, request)


def _use(mock: Mock, request: pytest.FixtureRequest) -> Iterator[Mock]:
    marker = request.node.get_closest_marker("tiktok")
    wishes = dict(marker.kwargs) if marker else {}
    mock.client_key = wishes.get("key", "mock")
    if now := wishes.get("now"):
        mock.core.start = read_time(now)
    if scenario := wishes.get("scenario"):
        mock.play(scenario)
    mock.switch_on(*wishes.get("quirks", ()))
    yield mock
    mock.assert_all_faults_happened()
