"""The fast reader of JSON gives what the strict one gives, or leaves the answer to it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttapi import strict_json
from ttapi.strict_json import InvalidJson

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", 'b"', "c:", '":', ""]), inner),
    max_leaves=12,
)


def strictly(raw: bytes) -> object:
    """The value by the strict reader, or the reason why there is none."""
    try:
        return strict_json._strictly_parsed(raw)
    except InvalidJson as error:
        return str(error)


def by_both(raw: bytes) -> object:
    try:
        return strict_json.parse(raw)
    except InvalidJson as error:
        return str(error)


@given(VALUES, st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), (",\n", "\n:")]), st.booleans())
def test_both_readers_agree(value: object, separators: tuple[str, str], ascii_only: bool) -> None:
    raw = json.dumps(value, separators=separators, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert repr(by_both(raw)) == repr(strictly(raw))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a" : 1, "a": 2}',
        '{"a"\n: 1, "a": 2}',
        '{"a": "\\":", "a": 2}',
        '{"x": "\\u003a", "a": 1, "a": 2}',
        '{"x": "\\u003A:", "a": "", "a": 2}',
        '{"\\u003a": 1, "a": 1, "a": 2}',
        '{"x": "\\":", "a" : 1, "a": 2}',
        '[{"b": {"a": 1, "a": 1}}]',
        '{"\\u0061": 1, "a": 2}',
        '{"a": 18446744073709551616}',
        '{"a": -9223372036854775809}',
        '{"a": 123456789012345678901234}',
        '{"a": 1e999}',
        '{"a": NaN}',
        '{"a": "\\ud800"}',
        '\ufeff{"a": 1}',
        "[" * 65 + "]" * 65,
        "[" * 65 + "1" + "]" * 65,
        '{"a": ' * 65 + "{}" + "}" * 65,
        "[" * 5_000,
        '{"a": 1} x',
        "",
    ],
)
def test_what_readers_of_json_treat_differently_is_left_to_the_strict_one(text: str) -> None:
    raw = text.encode()
    assert strict_json._quickly_parsed(raw) is strict_json._UNCERTAIN
    assert repr(by_both(raw)) == repr(strictly(raw))


def test_a_page_as_the_api_sends_it_is_read_by_the_fast_reader() -> None:
    page = {"data": {"videos": [{"id": 7456123456789012345, "a b": "x : y", "n": 1.5, "l": [{}]}], "has_more": True}}
    for separators in ((",", ":"), (", ", ": "), (" , ", " : ")):
        raw = json.dumps(page, separators=separators).encode()
        assert strict_json._quickly_parsed(raw) == page
