"""The schema of a study, read once."""

from functools import cache
from typing import TYPE_CHECKING, Any

from ttdata.packaged import packaged_yaml

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema that defines a study."""
    loaded: dict[str, Any] = packaged_yaml(__package__, "study.schema.yaml")
    return loaded


def validator(node: dict[str, Any]) -> "Draft202012Validator":
    """What checks a value against a part of the schema, or against all of it."""
    made: Draft202012Validator = _validator_class()({**node, "$defs": schema()["$defs"]})
    return made


@cache
def _validator_class() -> Any:
    from jsonschema import Draft202012Validator, validators  # slow to import, and only a study is checked with it

    # JSON Schema takes 5.0 for an integer; here it is a number that somebody has calculated, such as a rounded id.
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    return validators.extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
