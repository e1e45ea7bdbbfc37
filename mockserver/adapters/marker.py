"""What the markers `tiktok` ask for: those of a module, a class and a test, merged."""

from collections.abc import Iterable
from typing import Any

from mockserver.tenants.options import READERS

ARGUMENTS = ("scenario", "quirks", "key", "now", "virtual_sleep", "rows")


class WrongMarker(ValueError):
    """A marker has an argument that does not exist, or a wrong client key."""


def merge(markers: Iterable[tuple[tuple[Any, ...], dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """The client key and the other ARGUMENTS that markers ask for together.

    markers: the positional and the keyword arguments of each, the outermost first. Of each argument the innermost
    applies; an option of a `key` is the same as an argument of that name. Within one marker, the argument applies.
    """
    options: dict[str, Any] = {}
    arguments: dict[str, Any] = {}
    for positional, keywords in markers:
        _check(positional, keywords)
        named = _read_key(keywords.get("key", "mock")) | keywords
        named.pop("key", None)
        for name, value in named.items():
            options.pop(name, None)
            arguments.pop(name, None)
            (arguments if name in ARGUMENTS and name in keywords else options)[name] = value
    parts = [name if value is True else f"{name}={value}" for name, value in options.items() if value is not False]
    return f"mock:{','.join(parts)}" if parts else "mock", arguments


def _check(positional: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    if positional:
        raise WrongMarker(f"{positional[0]!r} has no name. Write it as one of: {_available()}.")
    if unknown := sorted(set(keywords) - set(ARGUMENTS) - set(READERS)):
        raise WrongMarker(f"unknown argument {unknown[0]!r}. Available: {_available()}.")


def _available() -> str:
    options = ", ".join(name for name in READERS if name not in ARGUMENTS)
    return f"{', '.join(ARGUMENTS)}, and the options of a client key: {options}"


def _read_key(key: Any) -> dict[str, Any]:
    """The options of a client key by name, True for one without a value."""
    name, _, text = str(key).partition(":")
    if name.strip() != "mock":
        raise WrongMarker(f"the mock has no client key {key!r}. Use `mock`, or a key such as mock:quota=5.")
    parts = (part.partition("=") for part in text.split(",") if part.strip())
    return {option.strip(): value.strip() if equals else True for option, equals, value in parts}
