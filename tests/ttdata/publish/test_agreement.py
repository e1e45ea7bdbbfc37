"""Agreement of coders, against the example that Krippendorff computes by hand."""

import sys
from pathlib import Path

import pytest

from tests.ttdata.labelled import OUT, built_with, collected
from ttdata.build.labels import label_tables
from ttdata.publish.agreement import Agreement, agreement
from ttdata.tables.files import opened

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example D: four coders, twelve units, gaps.
CODES = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}
ALPHA = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}
FIRST = 7302470379501604128


@pytest.fixture(autouse=True)
def videos(own_folder: Path) -> None:
    collected(*({"id": FIRST + number} for number in range(12)))


def table(codes: dict[str, str], words: dict[str, str] | None = None) -> str:
    lines = ["video_id,coder,code"]
    for coder, listed in codes.items():
        for number, code in enumerate(listed.split()):
            lines.append(f"{FIRST + number},{coder},{(words or {}).get(code, code).replace('.', '')}")
    return "\n".join(lines) + "\n"


def of(content: str, **declared: object) -> list[Agreement]:
    built_with(content, **{"coder": "coder"} | declared)
    with opened(OUT) as con:
        (labels,) = label_tables(con)
        return agreement(con, labels)


@pytest.mark.parametrize("level", ALPHA)
def test_alpha_is_that_of_the_published_example_at_each_level(level: str) -> None:
    (found,) = of(table(CODES), level={"code": level})
    assert found.alpha == pytest.approx(ALPHA[level], abs=0.0005)
    assert (found.level, found.coders, found.items) == (level, 4, 11)


def test_names_of_categories_count_as_numbers_do() -> None:
    words = {"1": "risk", "2": "hope", "3": "anger", "4": "humour", "5": "none"}
    (found,) = of(table(CODES, words))
    assert found.alpha == pytest.approx(ALPHA["nominal"], abs=0.0005)


def test_the_share_of_equal_pairs_is_over_all_pairs_of_codes_of_an_item() -> None:
    (found,) = of(table({"A": "1 1 1", "B": "1 2 .", "C": "1 1 ."}))
    assert (found.pairs, found.percent) == (6, pytest.approx(4 / 6))


@pytest.mark.parametrize(
    ("codes", "declared", "note"),
    [
        ({"A": "1 . .", "B": ". 2 ."}, {}, "no item has two codes"),
        ({"A": "1 1 .", "B": "1 1 ."}, {}, "all codes are equal, so alpha is not defined"),
        ({"A": "1 x", "B": "1 2"}, {"level": {"code": "ordinal"}}, "the level ordinal needs numbers, but there is 'x'"),
        ({"A": "1 -1 .", "B": "1 2 ."}, {"level": {"code": "ratio"}}, "the level ratio needs numbers from 0 on"),
    ],
)  # fmt: skip
def test_a_note_says_why_there_is_no_alpha(codes: dict[str, str], declared: dict[str, object], note: str) -> None:
    (found,) = of(table(codes), **declared)
    assert found.alpha is None
    assert found.note.startswith(note)


def test_without_the_extra_the_rest_is_computed_and_the_note_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "krippendorff", None)
    (found,) = of(table(CODES))
    assert found.alpha is None
    assert found.percent
    assert found.note == 'alpha needs the package krippendorff: pip install "ttdata[labels]"'


def test_labels_without_coders_have_no_agreement() -> None:
    built_with(f"video_id,code\n{FIRST},1\n")
    with opened(OUT) as con:
        assert agreement(con, *label_tables(con)) == []
