"""The client key that a build sends to a mock server: the study's settings, and over them the user's.

`mock:videos=1e6,seed=7` is a tenant with a world, a clock and a quota of its own.
"""

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from ttdata.study.study import MOCK

# Settings that change what a tenant may do, or its time, but not its world.
_OUTSIDE_THE_WORLD = ("quota", "follow_quota", "now", "run")


def mock_key(declared: str, environment: Mapping[str, str] = os.environ) -> str:
    """The key for the bundled server. A key of the environment that is not a mock's is never sent to it."""
    settings = _settings(declared, environment)
    return f"{MOCK}:{','.join(settings.values())}" if settings else MOCK


def setting(declared: str, name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The value of one setting; None if it is not set."""
    settings = _settings(declared, environment)
    return settings[name].partition("=")[2] if name in settings else None


def host(base_url: str, tenant: str = "", environment: Mapping[str, str] = os.environ) -> str:
    """The folder name of an API: its host, and for a mock tenant the settings of its world.

    Mock pages are never mixed with real ones, nor with those of another world.
    """
    settings = _settings(tenant, environment)
    world = sorted(text for name, text in settings.items() if name not in _OUTSIDE_THE_WORLD)
    name = MOCK if base_url == MOCK else urlsplit(base_url).netloc
    return re.sub(r"[^\w.,=-]", "_", ",".join([name, *world]))


def _settings(declared: str, environment: Mapping[str, str]) -> dict[str, str]:
    name, _, own = environment.get("TIKTOK_CLIENT_KEY", "").partition(":")
    return _by_name(declared) | _by_name(own if name == MOCK else "")


def _by_name(text: str) -> dict[str, str]:
    """Settings by name: "a=1,b" is {"a": "a=1", "b": "b"}."""
    return {each.partition("=")[0]: each for each in map(str.strip, text.split(",")) if each}
