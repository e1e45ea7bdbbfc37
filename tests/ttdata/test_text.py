"""Messages fit a terminal of 80 columns, and what is to be pasted stays as it is."""

from hypothesis import given
from hypothesis import strategies as st

from ttdata.text import folded


def test_sentences_are_folded_and_lines_to_paste_are_not() -> None:
    pasted = "  reason: " + "x " * 60
    told = folded("word " * 40 + "\n" + pasted).splitlines()
    assert max(map(len, told[:-1])) <= 79
    assert told[-1] == pasted


def test_the_entries_of_a_list_hang_below_their_star() -> None:
    told = folded("The study cannot be built:\n  * " + "word " * 30).splitlines()
    assert told[1].startswith("  * word")
    assert {line[:5] for line in told[2:]} == {"    w"}


@given(st.lists(st.text("abc-/.", min_size=1, max_size=120), min_size=1))
def test_folding_changes_no_word(words: list[str]) -> None:
    assert folded(" ".join(words)).split() == words
