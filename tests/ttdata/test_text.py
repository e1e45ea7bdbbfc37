"""Messages fit a terminal of 80 columns, and lines to paste are not changed."""

from hypothesis import given
from hypothesis import strategies as st

from ttdata.text import folded


def test_sentences_are_folded_and_lines_to_paste_are_not() -> None:
    to_paste = "  reason: " + "x " * 60
    lines = folded("word " * 40 + "\n" + to_paste).splitlines()
    assert max(map(len, lines[:-1])) <= 79
    assert lines[-1] == to_paste


def test_the_lines_of_a_list_entry_are_indented() -> None:
    lines = folded("The study cannot be built:\n  * " + "word " * 30).splitlines()
    assert lines[1].startswith("  * word")
    assert {line[:5] for line in lines[2:]} == {"    w"}


@given(st.lists(st.text("abc-/.", min_size=1, max_size=120), min_size=1))
def test_folding_changes_no_word(words: list[str]) -> None:
    assert folded(" ".join(words)).split() == words
