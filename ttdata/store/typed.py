"""Values from state files, checked against the types of a dataclass: no content of a file may cause a traceback."""

from dataclasses import is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def is_typed(value: Any) -> bool:
    """Whether every attribute of a dataclass's instance has its declared type."""
    return all(_fits(getattr(value, name), hint) for name, hint in _hints(value.__class__).items())


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: object, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin is Literal:
        return isinstance(value, str) and value in arguments
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(each, arguments[0]) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            _fits(key, arguments[0]) and _fits(each, arguments[1]) for key, each in value.items()
        )
    if is_dataclass(hint):
        return type(value) is hint and is_typed(value)
    return type(value) is (NoneType if hint is None else hint)
