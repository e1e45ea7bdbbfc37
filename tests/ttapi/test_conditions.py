"""The values of a condition: what is none is named, and what people paste is brought into the API's form."""

import pytest

from tests.ttapi.test_query import GOOD
from ttapi import Condition


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        (10.0, "10.0"),
        (float("nan"), "nan"),
        ({"a": 1}, "an object"),
        (b"klima", "b'klima'"),
        ([["a"]], "a list"),
        (["a", None, "b", True, None], "null, true"),
        ((value for value in ("a", None)), "null"),
    ],
)
def test_what_is_no_value_is_named_and_never_becomes_text(value, name):
    with pytest.raises(ValueError, match=f"hashtag_name has values that are neither text, .* nor dates: {name}"):
        Condition("hashtag_name", "IN", value)


@pytest.mark.parametrize("field", [*GOOD, "no_such_field"])
def test_no_field_takes_null(field):
    with pytest.raises(ValueError, match=f"{field} has values"):
        Condition(field, "EQ", None)


class Whole:
    """A whole number of another library."""

    def __index__(self) -> int:
        return 7


def test_whole_numbers_of_other_libraries_are_values():
    assert Condition("view_count", "GT", Whole()).values == ("7",)


@pytest.mark.parametrize("field", ["view_count", "video_id", "music_id", "create_date"])
@pytest.mark.parametrize("text", ["1.5", "1e3", "-5", "+5", "1_000", "٣", "²", "12 000", "None"])
def test_text_that_is_no_whole_number_is_refused_where_one_is_needed(field, text):
    (problem,) = Condition(field, "EQ", text).problems()
    assert f'not "{text}"' in problem


@pytest.mark.parametrize("field", list(GOOD))
@pytest.mark.parametrize("text", ["", " ", "\u200e", "\ufeff\n"])
def test_an_empty_value_is_refused(field, text):
    assert Condition(field, "IN", [GOOD[field], text]).problems() == [f"{field} has an empty value."]


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("keyword", "\u200eklima \ufeff", "klima"),
        ("hashtag_name", "\u2066#\u200bklima\u2069", "klima"),
        ("region_code", "\u200ede\u200f", "DE"),
        ("video_id", "\u202a5\u202c", "5"),
    ],
)
def test_invisible_characters_at_the_ends_do_not_belong_to_a_value(field, text, value):
    assert Condition(field, "EQ", text).values == (value,)


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u2764\ufe0f",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0002000b",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    ],
    ids=["a flag of tags", "an emoji with its variation", "a joiner inside", "beyond U+FFFF", "a family"],
)
@pytest.mark.parametrize("field", ["hashtag_name", "keyword"])
def test_emoji_and_joiners_inside_words_are_sent_as_written(field, text):
    assert Condition(field, "EQ", text).values == (text,)


def test_usernames_are_read_as_handles():
    values = ["@Wald", "https://www.tiktok.com/@berg.runs3?lang=de", "see\x00", "tiktok.com/@a/video/5"]
    condition = Condition("username", "IN", values)
    assert condition.values == ("wald", "berg.runs3", "see", "a")
    assert condition.problems() == []


def test_a_username_that_cannot_be_a_handle_is_refused_with_the_reason():
    assert Condition("username", "IN", ["a", "Party of the Centre"]).problems() == [
        'username must be a handle, not "Party of the Centre". It contains a blank, and a handle has only the letters '
        "a to z, digits, dots and underscores."
    ]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition("region_code", "IN", ["de", "at"]), "region_code = DE or AT"),
        (Condition("view_count", "GTE", 5), "view_count >= 5"),
        (Condition("create_date", "LT", "20250102"), "create_date < 2025-01-02"),
        (Condition("video_id", "IN", range(8)), "video_id = 0, 1, 2, 3, 4 or 3 more"),
        (Condition("keyword", "EQ", "a\x1b[31m\nb"), "keyword = a [31m b"),
    ],
)
def test_a_condition_as_text_is_short_and_safe(condition, text):
    assert str(condition) == text
