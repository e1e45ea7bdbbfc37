"""No count of the report is about few records, nor can one be computed from the others."""

from hypothesis import given
from hypothesis import strategies as st

from ttdata.comply.loss import Cell, suppressed

K = 10


@st.composite
def dimensions(draw: st.DrawFn) -> list[Cell]:
    """The strata of one dimension in which each record is in one stratum."""
    cells = []
    for number in range(draw(st.integers(1, 8))):
        checked = draw(st.one_of(st.integers(1, 30), st.integers(1, 2000)))
        cells.append(Cell("video", "month", f"2026-{number:02}", checked, draw(st.integers(0, checked))))
    return cells


def is_small(checked: int, gone: int) -> bool:
    return 0 < checked < K or 0 < gone < K or 0 < checked - gone < K


@given(dimensions())
def test_what_is_hidden_does_not_follow_from_the_total(cells: list[Cell]) -> None:
    shown = suppressed(cells, K)
    assert [(each.dimension, each.stratum) for each in shown] == [(each.dimension, each.stratum) for each in cells]
    numbers = [(each.checked, each.gone) for each in shown if each.checked is not None and each.gone is not None]
    assert not any(is_small(*each) for each in numbers)
    hidden = [before for before, after in zip(cells, shown, strict=True) if after.checked is None]
    assert len(hidden) != 1 or len(cells) == 1
    if numbers:
        together = [sum(getattr(each, name) for each in hidden) for name in ("checked", "gone")]
        assert not is_small(together[0], together[1])


@given(dimensions())
def test_nothing_is_hidden_where_no_cell_is_small(cells: list[Cell]) -> None:
    if not any(is_small(each.checked or 0, each.gone or 0) for each in cells):
        assert suppressed(cells, K) == cells


def test_a_term_is_hidden_if_what_it_leaves_over_is_small() -> None:
    month = Cell("video", "month", "2026-05", 500, 40)
    wide = Cell("video", "term", "keyword: wide", 495, 40)
    half = Cell("video", "term", "keyword: half", 250, 20)
    assert suppressed([month, wide, half], K) == [month, Cell("video", "term", "keyword: wide", None, None), half]
