"""Words and numbers in sentences."""

import pytest

from ttapi.text import MAX_LENGTH, count, either, first_invisible, one_line, sentence


@pytest.mark.parametrize(("number", "text"), [(0, "0 pages"), (1, "1 page"), (2, "2 pages"), (1500, "1,500 pages")])
def test_a_noun_agrees_with_its_number(number, text):
    assert count(number, "page") == text


@pytest.mark.parametrize(("values", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), ("abc", "a, b or c")])
def test_alternatives_are_joined_by_commas_and_or(values, text):
    assert either(values) == text


@pytest.mark.parametrize(("text", "result"), [("", ""), ("No", "No."), ("No.", "No."), ("Why?", "Why?")])
def test_a_sentence_ends_with_one_full_stop(text, result):
    assert sentence(text) == result


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" a\n\tb\x1b[1mc\u200ed ", "a b [1mc d"),
        ("x" * MAX_LENGTH, "x" * MAX_LENGTH),
        ("x" * (MAX_LENGTH + 1), "x" * MAX_LENGTH + "…"),
        (" " * 1000 + "x", ""),
        (" " * 999 + "x", "x"),
    ],
)
def test_text_from_outside_becomes_one_short_printable_line(text, line):
    assert one_line(text) == line


@pytest.mark.parametrize(("text", "char"), [("", ""), ("a b\n", ""), ("a\u200eb\u200d", "\u200e"), ("\0", "\0")])
def test_the_first_invisible_character_is_found(text, char):
    assert first_invisible(text) == char
