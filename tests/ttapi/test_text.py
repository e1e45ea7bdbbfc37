"""Words and numbers in sentences."""

import pytest

from ttapi.text import count, either, sentence


@pytest.mark.parametrize(("number", "text"), [(0, "0 pages"), (1, "1 page"), (2, "2 pages"), (1500, "1,500 pages")])
def test_a_noun_agrees_with_its_number(number, text):
    assert count(number, "page") == text


@pytest.mark.parametrize(("values", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), ("abc", "a, b or c")])
def test_alternatives_are_joined_by_commas_and_or(values, text):
    assert either(values) == text


@pytest.mark.parametrize(("text", "result"), [("", ""), ("No", "No."), ("No.", "No."), ("Why?", "Why?")])
def test_a_sentence_ends_with_one_full_stop(text, result):
    assert sentence(text) == result
