"""A mock of TikTok's Research API, with an invented world, a virtual clock, quotas and faults.

The public names are those in `__all__`. Each is imported when it is first used, so that importing one module of the
package loads neither a web server nor the client library of another adapter.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from mockserver.version import VERSION

if TYPE_CHECKING:
    from mockserver.adapters.httpx_transport import Transport
    from mockserver.adapters.mock import Mock
    from mockserver.adapters.requests_mock import InProcess
    from mockserver.adapters.threads import InThread
    from mockserver.adapters.travel import travel
    from mockserver.adapters.wsgi import application
    from mockserver.core import Core
    from mockserver.messages import Request, Response

__all__ = [
    "VERSION",
    "Core",
    "InProcess",
    "InThread",
    "Mock",
    "Request",
    "Response",
    "Transport",
    "application",
    "travel",
]

_MODULES = {
    "Core": "core",
    "InProcess": "adapters.requests_mock",
    "InThread": "adapters.threads",
    "Mock": "adapters.mock",
    "Request": "messages",
    "Response": "messages",
    "Transport": "adapters.httpx_transport",
    "application": "adapters.wsgi",
    "travel": "adapters.travel",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"mockserver.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
