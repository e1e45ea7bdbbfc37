"""What a client key contains: the options of a tenant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mockserver.behaviours.faults import ScenarioError, scenario_named
from mockserver.behaviours.quirks import read_quirks
from mockserver.world.times import DAY, EPOCH, ClockError, read_time
from mockserver.world.world import MOST_VIDEOS

SECRET = "mock-secret"  # noqa: S105
LIMITS = {"general": 1_000, "follow": 20_000}  # requests per day, by bucket


class UnknownOption(ValueError):
    """A client key has an option that does not exist, or one with a wrong value; the text says which exist."""


@dataclass(frozen=True)
class Options:
    """The options of a client key; docs/mockserver.md explains them.

    now: where the clock starts, which does not change the world. lacks: fields and endpoints that need a scope which
    the application does not have. json_only: whether forms are refused as bodies. search_ttl: seconds that a search_id
    lives. rate: requests per minute, 0 for any. chaos: the share of requests that fail by chance.
    """

    seed: int = 1
    run: int = 0
    videos: int = 100_000
    now: float = EPOCH
    quota: int = LIMITS["general"]
    follow_quota: int = LIMITS["follow"]
    search_ttl: int = 2 * DAY
    rate: int = 0
    lacks: frozenset[str] = frozenset()
    unapproved: bool = False
    removed: bool = False
    loose: bool = False
    json_only: bool = False
    token_status: int = 200
    member: str = ""
    org: str = ""
    scenario: str = ""
    chaos: float = 0.0
    quirks: frozenset[str] = frozenset()


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(float(text)) if "e" in text.lower() else int(text)
        except (ValueError, OverflowError):
            raise UnknownOption(f"{text[:40]!r} is not a whole number") from None
        if not low <= value <= high:
            raise UnknownOption(f"{value} is not between {low} and {high}")
        return value

    return read


def _time(text: str) -> float:
    try:
        return read_time(text)
    except ClockError as error:
        raise UnknownOption(str(error).rstrip(".")) from None


def _switch(text: str) -> bool:
    if text.lower() not in ("", "1", "true", "yes"):
        raise UnknownOption(f"{text[:40]!r}: this option takes no value")
    return True


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise UnknownOption(f"{text[:40]!r} is not a share between 0 and 1")
    return share


def _quirks(text: str) -> frozenset[str]:
    try:
        return read_quirks(text.split("+"))
    except ValueError as error:
        raise UnknownOption(str(error)) from None


def _scenario(text: str) -> str:
    try:
        scenario_named(text)
    except ScenarioError as error:
        raise UnknownOption(str(error)) from None
    return text


READERS: Mapping[str, Callable[[str], Any]] = {
    "seed": _number(0, 1 << 62),
    "run": _number(0, 1 << 62),
    "videos": _number(1, MOST_VIDEOS),
    "now": _time,
    "quota": _number(0, 1 << 31),
    "follow_quota": _number(0, 1 << 31),
    "search_ttl": _number(0, 1 << 31),
    "rate": _number(0, 1 << 31),
    "lacks": lambda text: frozenset(filter(None, map(str.strip, text.split("+")))),
    "unapproved": _switch,
    "removed": _switch,
    "loose": _switch,
    "json_only": _switch,
    "token_status": _number(200, 401),
    "member": str,
    "org": str,
    "scenario": _scenario,
    "chaos": _share,
    "quirks": _quirks,
}


def read_key(key: str, defaults: Options) -> Options | None:
    """The options of a client key `mock` or `mock:option=value,…`; None for any other key. Raises UnknownOption."""
    name, colon, text = key.partition(":")
    if name != "mock" or len(key) > 500:
        return None
    options = defaults
    for part in text.split(",") if colon else []:
        option, _, value = (piece.strip() for piece in part.partition("="))
        if not option:
            continue
        if option not in READERS:
            raise UnknownOption(f"unknown option {option[:40]!r} of the client key; available: {', '.join(READERS)}")
        try:
            options = replace(options, **{option: READERS[option](value)})
        except UnknownOption as error:
            raise UnknownOption(f"option {option} of the client key: {error}") from None
    return options


def without_member(key: str) -> str:
    """A client key without its option `member`: the name of the tenant that collaborators share."""
    name, _, text = key.partition(":")
    parts = [part for part in text.split(",") if part.partition("=")[0].strip() != "member"]
    return f"{name}:{','.join(parts)}" if parts else name
