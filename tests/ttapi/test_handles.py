"""A handle is read from what people paste, in one form; an entry that cannot be one is named with the reason."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ttapi import handle_problem, read_handle, read_video_id

HANDLES = st.text("abcdefghijklmnopqrstuvwxyz0123456789_.", min_size=1, max_size=70)
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\u00ad\ufeff\u061c\u180e"
BLANKS = " \t\r\n\u00a0\u2003\u3000\u2028"


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("anna_daily12", "anna_daily12"),
        ("@anna_daily12", "anna_daily12"),
        ("Anna_Daily12", "anna_daily12"),
        (" @anna \r\n", "anna"),
        (".leading", ".leading"),
        ("a", "a"),
        ("1234567890", "1234567890"),
        ("a" * 40, "a" * 40),
        ("https://www.tiktok.com/@anna_daily12", "anna_daily12"),
        ("http://www.tiktok.com/@anna_daily12", "anna_daily12"),
        ("https://tiktok.com/@berg.runs3?lang=de", "berg.runs3"),
        ("https://m.tiktok.com/@berg.runs3", "berg.runs3"),
        ("tiktok.com/@bruno.kaya1/", "bruno.kaya1"),
        ("www.tiktok.com/@bruno.kaya1", "bruno.kaya1"),
        ("//www.tiktok.com/@bruno.kaya1", "bruno.kaya1"),
        ("HTTPS://WWW.TIKTOK.COM/@Bruno.Kaya1", "bruno.kaya1"),
        ("https://www.tiktok.com/@anna/?lang=en#top", "anna"),
        ("https://www.tiktok.com/@anna/video/7456123456789012345?is_from_webapp=1&sender_device=pc", "anna"),
        ("https://www.tiktok.com/@anna/photo/7456123456789012345", "anna"),
        ("https://www.tiktok.com/@anna/live", "anna"),
        ("https://www.tiktok.com/%40anna", "anna"),
        ("https://www.tiktok.com/@an%5Fna", "an_na"),
        ("https://www.tiktok.com/@anna%20", "anna"),
        ("an\x00na", "anna"),
        ("\x00@anna\x00\x00", "anna"),
        ("\u200e@anna\u200f", "anna"),
        ("\ufeffanna", "anna"),
        ("@\u2066anna\u2069", "anna"),
    ],
)
def test_a_handle_is_read_from_what_people_paste(text, handle):
    assert read_handle(text) == handle
    assert handle_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" @ ", "is empty"),
        ("\u200e", "is empty"),
        ("-", 'contains the character "-"'),
        ("n/a", "contains a slash"),
        ("Party of the Centre", "contains a blank"),
        ("two\u00a0words", "contains a blank"),
        ('"bruno_cooper15",', "contains a quotation mark"),
        ("“bruno”", "contains a quotation mark"),
        ("bruno's", "contains a quotation mark"),
        ("@a, @b", "contains a comma"),
        ("@a,@b", "contains a comma"),
        ("a\nb", "contains a line break"),
        ("a\u2028b", "contains a line break"),
        ("a@b", 'contains the character "@"'),
        ("# heading", 'contains the character "#"'),
        ("müller", 'contains the character "ü"'),
        ("аnna", 'contains the character "а"'),  # noqa: RUF001  a Cyrillic letter
        ("\u212aim", 'contains the character "\u212a"'),  # a sign whose lower case is the letter k
        ("an\u200bna", "contains an invisible character (U+200B)"),
        ("an\u00adna", "contains an invisible character (U+00AD)"),
        ("an\x07na", "contains an invisible character (U+0007)"),
        ("https://vm.tiktok.com/ZMabc/", "is a short link; open it"),
        ("https://vt.tiktok.com/ZSabc", "is a short link; open it"),
        ("https://www.tiktok.com/t/ZTabc/", "is a short link; open it"),
        ("https://www.tiktok.com/", "is not the address of one profile"),
        ("https://www.tiktok.com/tag/klima", "is not the address of one profile"),
        ("https://www.tiktok.com/discover/anna", "is not the address of one profile"),
        ("https://www.tiktok.com/anna", "is not the address of one profile"),
        ("https://www.instagram.com/anna", "is not the address of one profile"),
        ("https://nottiktok.com/@anna", "is not the address of one profile"),
        ("https://tiktok.com.example.org/@anna", "is not the address of one profile"),
        ("https://www.tiktok.com@example.org/@anna", "is not the address of one profile"),
        ("https://www.tiktok.com/@a?x, https://www.tiktok.com/@b", "is not the address of one profile"),
        ("https://www.tiktok.com/@a?x,https://www.tiktok.com/@b", "is not the address of one profile"),
        ("https://www.tiktok.com/@a/,@b", "is not the address of one profile"),
        ("https://www.tiktok.com/@", "is empty"),
        ("https://www.tiktok.com/@an%20na", "contains a blank"),
        ("https://www.tiktok.com/@a%FF", 'contains the character "\ufffd"'),
        ("an%5Fna", 'contains the character "%"'),
    ],
)
def test_an_entry_that_cannot_be_a_handle_is_named_with_the_reason(text, reason):
    assert read_handle(text) is None
    problem = handle_problem(text)
    assert problem.startswith(f"It {reason}")
    assert problem.endswith(".")
    assert problem.isprintable()


@settings(deadline=None)
@given(
    st.text(max_size=30) | st.text("@a_.B/:?%4 \x00\u200e", max_size=20) | HANDLES.map("https://tiktok.com/@{}".format)
)
@example("https://www.tiktok.com/@tiktok.com")
@example("@@tiktok.com")
def test_reading_a_handle_twice_changes_nothing(text):
    handle = read_handle(text)
    assert (handle is None) is bool(handle_problem(text))
    if handle is not None:
        assert re.fullmatch(r"[a-z0-9_.]+", handle)
        assert read_handle(handle) == handle


@settings(deadline=None)
@given(
    HANDLES,
    st.text(INVISIBLE + BLANKS + "\x00", max_size=3),
    st.text(INVISIBLE + BLANKS + "\x00", max_size=3),
    st.sampled_from(["", "@", "tiktok.com/@", "https://www.tiktok.com/@", "http://m.tiktok.com/%40"]),
    st.booleans(),
)
def test_every_handle_is_read_in_every_form(handle, before, after, prefix, upper):
    text = before + prefix + (handle.upper() if upper else handle) + after
    assert read_handle(text) == handle


@settings(deadline=None)
@given(HANDLES, st.integers(), st.sampled_from(INVISIBLE + BLANKS + ",;/\"'üß-#?&%"))
def test_no_other_character_is_allowed_inside(handle, place, char):
    place = 1 + place % len(handle)
    if place < len(handle):
        assert read_handle(handle[:place] + char + handle[place:]) is None


# Video ids

VIDEO = 7456123456789012345


@pytest.mark.parametrize(
    "text",
    [
        f"{VIDEO}",
        f" {VIDEO}\u200e\n",
        f"https://www.tiktok.com/@anna/video/{VIDEO}",
        f"https://www.tiktok.com/@anna/video/{VIDEO}?is_from_webapp=1&sender_device=pc#comments",
        f"tiktok.com/@anna/photo/{VIDEO}/",
        f"HTTPS://M.TIKTOK.COM/v/{VIDEO}.html",
        f"https://www.tiktokv.com/share/video/{VIDEO}/",
    ],
)
def test_the_id_of_a_video_is_read_from_digits_and_addresses(text):
    assert read_video_id(text) == VIDEO


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-5",
        "5.0",
        "7.456E+18",
        "٣",
        "1_0",
        str(2**63),
        "https://www.tiktok.com/@anna",
        "https://www.tiktok.com/@anna/video/",
        f"https://www.tiktok.com/@anna/playlist/{VIDEO}",
        f"https://example.org/@anna/video/{VIDEO}",
        f"https://www.tiktok.com/@a/video/{VIDEO}?,https://www.tiktok.com/@b/video/{VIDEO}",
        f"{VIDEO},{VIDEO}",
    ],
)
def test_other_text_has_no_id(text):
    assert read_video_id(text) is None
