"""pytest fixtures: `tiktok_mock` answers in process, `tiktok_mock_server` on a socket, `tiktok_mock_proxy` as a proxy.

Marker: `@pytest.mark.tiktok(scenario="bursts", quirks=["null-bytes"], key="mock:quota=5", now="2026-06-02T00:00:00Z")`.
Any other name is an option of the client key: `@pytest.mark.tiktok(quota=5, seed=7)`.
With `rows={"users": […]}`, the test adds its own accounts, videos and comments to the invented world.
With `virtual_sleep=True`, time.sleep and asyncio.sleep move the clocks of the mock instead of waiting.
Markers of a module, a class and a test are merged; of each argument or option, the innermost applies.
A planned fault that did not happen fails the test. Meanwhile nothing in the process finds the host of the real API.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockserver.adapters.mock import Mock

# Modules of the mock are imported in the fixtures: every run of pytest loads this plugin, also those without the mock.
_call_ended_early = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    arguments = "scenario, quirks, key, now, virtual_sleep, rows, **options"
    config.addinivalue_line("markers", f"tiktok({arguments}): how the mock of TikTok's Research API behaves")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    if call.when == "call":
        item.stash[_call_ended_early] = not report.passed  # failed, or was skipped
    return report


@pytest.fixture
def tiktok_mock(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """The mock at https://open.tiktokapis.com for all code that uses requests, without a socket."""
    with _extra("tiktok_mock"):
        from mockserver.adapters.requests_mock import InProcess

    with InProcess() as mock:
        yield from _use(mock, request)


@pytest.fixture
def tiktok_mock_server(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """The mock on a free port of 127.0.0.1, for all clients."""
    with _extra("tiktok_mock_server"):
        from mockserver.adapters.threads import InThread

    with InThread() as mock:
        yield from _use(mock, request)


@pytest.fixture
def tiktok_mock_proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    """The mock at https://open.tiktokapis.com for all programs that the test starts, in any language.

    Those that use no proxy reach it at the TLS port, `tls_port` of 127.0.0.1; in this process, look-ups lead there.
    """
    with _extra("tiktok_mock_proxy"):
        from mockserver.adapters.authority import Authority
        from mockserver.adapters.threads import InThread
        from mockserver.endpoints.addresses import API_HOST

    with Authority() as authority, InThread(tls=authority.context, tls_port=0) as mock:
        for name, value in authority.environment(mock.url).items():
            monkeypatch.setenv(name, value)
        mock.url = f"https://{API_HOST}"
        yield from _use(mock, request)


@contextmanager
def _extra(fixture: str) -> Iterator[None]:
    """Report an import within the block that needs a package which is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        from mockserver.adapters.extras import how_to_install

        pytest.fail(how_to_install(error, f"The fixture {fixture}"), pytrace=False)


def _use(mock: Mock, request: pytest.FixtureRequest) -> Iterator[Mock]:
    from mockserver.adapters.lookups import lookups_lead_to

    markers = reversed(list(request.node.iter_markers("tiktok")))  # of the module, the class, the test
    try:
        arguments = _configure(mock, [(marker.args, marker.kwargs) for marker in markers])
    except ValueError as error:
        pytest.fail(f"@pytest.mark.tiktok: {error}", pytrace=False)
    with lookups_lead_to(mock.tls_port), mock.virtual_sleep() if arguments.get("virtual_sleep") else nullcontext():
        yield mock
    if not request.node.stash.get(_call_ended_early, False):
        mock.assert_all_faults_happened()


def _configure(mock: Mock, markers: list[tuple[tuple[Any, ...], Any]]) -> dict[str, Any]:
    """Do what the markers ask for. Returns their arguments. Raises ValueError."""
    from dataclasses import replace

    from mockserver.adapters.marker import merge
    from mockserver.world.times import read_time

    mock.client_key, arguments = merge(markers)
    if now := arguments.get("now"):
        mock.core.defaults = replace(mock.core.defaults, now=read_time(now))
    if scenario := arguments.get("scenario"):
        mock.play(scenario)
    if rows := arguments.get("rows"):
        mock.set_rows(rows)
    mock.switch_on(*arguments.get("quirks", ()))
    return arguments
