"""The client key by which a build names itself to a mock server: the study's settings, and over them the user's.

`mock:videos=1e6,seed=7` is a tenant with a world, a clock and a quota of its own.
"""

import os
from collections.abc import Mapping

from ttdata.study import MOCK

# Settings that change what a tenant may do, or when it is asked, not what its world is.
_HARMLESS = ("quota", "follow_quota", "now", "run")


def mock_key(declared: str, environment: Mapping[str, str] = os.environ) -> str:
    """The key for the bundled server; a key of the environment that is no mock's is never shown to it."""
    settings = _settings(declared) | _settings(_own_settings(environment))
    return f"{MOCK}:{','.join(settings.values())}" if settings else MOCK


def world(declared: str, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The settings that decide what the world of a mock server is, in order."""
    settings = _settings(declared) | _settings(_own_settings(environment))
    return sorted(setting for name, setting in settings.items() if name not in _HARMLESS)


def setting(declared: str, name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The value of one setting; None if it is not set."""
    settings = _settings(declared) | _settings(_own_settings(environment))
    return settings[name].partition("=")[2] if name in settings else None


def _own_settings(environment: Mapping[str, str]) -> str:
    name, _, settings = environment.get("TIKTOK_CLIENT_KEY", "").partition(":")
    return settings if name == MOCK else ""


def _settings(text: str) -> dict[str, str]:
    """Settings by name: "a=1,b" is {"a": "a=1", "b": "b"}."""
    return {each.partition("=")[0]: each for each in map(str.strip, text.split(",")) if each}
