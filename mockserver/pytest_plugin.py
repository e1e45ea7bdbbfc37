"""pytest fixtures: `tiktok_mock` answers in process, `tiktok_mock_server` on a socket, `tiktok_mock_proxy` as a proxy.

Marker: `@pytest.mark.tiktok(scenario="bursts", quirks=["null-bytes"], key="mock:quota=5", now="2026-06-02T00:00:00Z")`.
Any other name is an option of the client key: `@pytest.mark.tiktok(quota=5, seed=7)`.
With `rows={"users": […]}`, the test adds its own accounts, videos and comments to the invented world.
With `virtual_sleep=True`, time.sleep and asyncio.sleep move the clocks of the mock instead of waiting.
A planned fault that did not happen fails the test.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockserver.adapters.mock import Mock

# Modules of the mock are imported in the fixtures: every run of pytest loads this plugin, also those without the mock.
_ARGUMENTS = ("scenario", "quirks", "key", "now", "virtual_sleep", "rows")
_call_ended_early = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"tiktok({', '.join(_ARGUMENTS)}, **options): how the mock of TikTok's Research API behaves"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    if call.when == "call":
        item.stash[_call_ended_early] = not report.passed  # failed, or was skipped
    return report


@pytest.fixture
def tiktok_mock(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """The mock at https://open.tiktokapis.com for all code that uses requests, without a socket."""
    from mockserver.adapters.requests_mock import InProcess

    with InProcess() as mock:
        yield from _use(mock, request)


@pytest.fixture
def tiktok_mock_server(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """The mock on a free port of 127.0.0.1, for all clients."""
    from mockserver.adapters.threads import InThread

    with InThread() as mock:
        yield from _use(mock, request)


@pytest.fixture
def tiktok_mock_proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    """The mock at https://open.tiktokapis.com for all programs that the test starts, in any language."""
    from mockserver.adapters.authority import Authority
    from mockserver.adapters.threads import InThread
    from mockserver.endpoints.addresses import API_HOST

    with Authority() as authority, InThread(tls=authority.context) as mock:
        for name, value in authority.environment(mock.url).items():
            monkeypatch.setenv(name, value)
        mock.url = f"https://{API_HOST}"
        yield from _use(mock, request)


def _use(mock: Mock, request: pytest.FixtureRequest) -> Iterator[Mock]:
    arguments: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("tiktok"))):  # of the module, the class, the function
        arguments |= marker.kwargs
    _configure(mock, arguments)
    with mock.virtual_sleep() if arguments.get("virtual_sleep") else nullcontext():
        yield mock
    if not request.node.stash.get(_call_ended_early, False):
        mock.assert_all_faults_happened()


def _configure(mock: Mock, arguments: dict[str, Any]) -> None:
    from dataclasses import replace

    from mockserver.tenants.options import READERS
    from mockserver.world.times import read_time

    options = {name: value for name, value in arguments.items() if name not in _ARGUMENTS}
    if unknown := sorted(set(options) - set(READERS)):
        raise pytest.UsageError(
            f"Unknown argument {unknown[0]!r} of @pytest.mark.tiktok. Available: {', '.join(_ARGUMENTS)}, and the "
            f"options of a client key: {', '.join(name for name in READERS if name not in _ARGUMENTS)}."
        )
    parts = [name if value is True else f"{name}={value}" for name, value in options.items() if value is not False]
    key = arguments.get("key", "mock")
    mock.client_key = ("," if ":" in key else ":").join([key, ",".join(parts)]) if parts else key
    try:
        if now := arguments.get("now"):
            mock.core.defaults = replace(mock.core.defaults, now=read_time(now))
        if scenario := arguments.get("scenario"):
            mock.play(scenario)
        if rows := arguments.get("rows"):
            mock.set_rows(rows)
        mock.switch_on(*arguments.get("quirks", ()))
    except ValueError as error:
        raise pytest.UsageError(f"@pytest.mark.tiktok: {error}") from None
