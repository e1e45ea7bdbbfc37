"""Coding sheets: the same draw everywhere, strata of the right size, and cells that a spreadsheet only shows."""

import csv
import hashlib
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ttdata.labelled import OUT, built_with, collected, rows
from ttdata.errors import Fault, StorageFault
from ttdata.publish.coding_sheet import Coders, Sheet, allocate, assigned, draw, write_sheet

FIRST = 7302470379501604128
CAPTIONS = ["=HYPERLINK(1)", "+49", "-1", "@anna", "\t=1", 'plain, with "quotes"\nand a line', "＝1", "klima"]  # noqa: RUF001
SHEET = Sheet("videos", 6, 1, codes=("frame", "tone"))
DIGEST_OF_SHEET = "bbb8ea9738ec7e984d91aac0ea3b22cdec71777f63a94cc17bc31f938715775e"


@pytest.fixture
def videos(own_folder: Path) -> None:
    """Forty videos, thirty of them from DE."""
    records: list[dict[str, Any]] = [
        {"id": FIRST + number, "username": f"user{number}", "region_code": "AT" if number % 4 == 0 else "DE",
         "create_time": 1736035223 + number * 86_400, "video_description": CAPTIONS[number % len(CAPTIONS)]}
        for number in range(40)
    ]  # fmt: skip
    collected(*records)
    built_with(f"video_id,frame\n{FIRST},risk\n")


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), delimiter=delimiter))


# The draw

strata_of_ids = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 60), min_size=1, max_size=6).map(
    lambda sizes: {name: [f"{name}{number}" for number in range(size)] for name, size in sizes.items()}
)


@given(strata_of_ids, st.integers(1, 200), st.integers(0, 99), st.booleans())
def test_a_draw_is_a_subset_without_repetition_of_the_right_size(
    strata: dict[str, list[str]], n: int, seed: int, is_equal: bool
) -> None:
    drawn = draw(strata, n, seed, is_equal=is_equal)
    total = sum(map(len, strata.values()))
    assert sum(map(len, drawn.values())) == min(n, total)
    for name, ids in drawn.items():
        assert len(set(ids)) == len(ids)
        assert set(ids) <= set(strata[name])
        if is_equal:
            most = max(map(len, drawn.values()))
            assert len(ids) == len(strata[name]) or len(ids) >= most - 1
        elif total:
            assert abs(len(ids) - min(n, total) * len(strata[name]) / total) < 1


@given(strata_of_ids, st.integers(1, 50))
def test_a_draw_does_not_depend_on_the_order_of_the_ids(strata: dict[str, list[str]], n: int) -> None:
    other = {name: strata[name][::-1] for name in reversed(strata)}
    assert draw(strata, n, 1) == draw(other, n, 1)


def test_an_equal_draw_takes_what_small_strata_lack_from_the_others() -> None:
    assert allocate({"a": 2, "b": 50, "c": 50}, 30, is_equal=True) == {"a": 2, "b": 14, "c": 14}


@given(st.integers(0, 80), st.integers(1, 5), st.floats(0, 1))
def test_each_item_is_coded_by_one_coder_or_by_all(number: int, coders: int, overlap: float) -> None:
    names = tuple("ABCDE"[:coders])
    rows_ = assigned([f"{each}" for each in range(number)], Coders(names, overlap), 1)
    assert len(set(rows_)) == len(rows_)
    by_item = Counter(item for item, _ in rows_)
    assert set(by_item.values()) <= {1, coders}
    assert len(by_item) == number
    if coders > 1:
        shared = sum(times == coders for times in by_item.values())
        assert abs(shared - number * overlap) < 1
    by_coder = Counter(coder for _, coder in rows_)
    assert max(by_coder.values(), default=0) - min((by_coder[name] for name in names), default=0) <= 1


# The sheet


@pytest.mark.usefixtures("videos")
def test_the_same_dataset_and_seed_give_the_same_bytes_on_any_machine() -> None:
    write_sheet(OUT, SHEET, Path("sheet.csv"))
    assert hashlib.sha256(Path("sheet.csv").read_bytes()).hexdigest() == DIGEST_OF_SHEET
    write_sheet(OUT, replace(SHEET, seed=2), Path("other.csv"))
    assert {row["video_id"] for row in read(Path("sheet.csv"))} != {row["video_id"] for row in read(Path("other.csv"))}


@pytest.mark.usefixtures("videos")
def test_a_sheet_shows_the_video_and_has_empty_columns_for_the_codes() -> None:
    written = write_sheet(OUT, replace(SHEET, n=100), Path("sheet.csv"), delimiter=";")
    listed = read(Path("sheet.csv"), ";")
    assert written.rows == len(listed) == 40
    assert list(listed[0]) == ["video_id", "url", "caption", "create_time", "username", "frame", "tone"]
    for row in listed:
        video_id = row["video_id"].removeprefix("id_")
        assert row["url"] == f"https://www.tiktok.com/@{row['username']}/video/{video_id}"
        assert row["frame"] == row["tone"] == ""


@pytest.mark.usefixtures("videos")
def test_no_cell_is_a_formula_or_a_number_that_a_spreadsheet_rounds() -> None:
    write_sheet(OUT, replace(SHEET, n=100), Path("sheet.csv"))
    cells = [cell for row in read(Path("sheet.csv")) for cell in row.values()]
    assert not any(cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) for cell in cells)  # noqa: RUF001
    assert not any(cell.isdigit() for cell in cells)
    assert "'=HYPERLINK(1)" in cells
    assert 'plain, with "quotes" and a line' in cells


@pytest.mark.usefixtures("videos")
def test_strata_are_in_proportion_or_equal() -> None:
    sheet = replace(SHEET, n=20, per="region_code")
    assert write_sheet(OUT, sheet, Path("a.csv")).drawn == {"AT": (5, 10), "DE": (15, 30)}
    assert write_sheet(OUT, replace(sheet, is_equal=True), Path("b.csv")).drawn == {"AT": (10, 10), "DE": (10, 30)}
    assert set(write_sheet(OUT, replace(sheet, per="month"), Path("c.csv")).drawn) == {"2025-01-01", "2025-02-01"}


@pytest.mark.usefixtures("videos")
def test_a_sheet_that_exists_is_not_replaced_without_force() -> None:
    Path("sheet.csv").write_text("my codes")
    with pytest.raises(StorageFault, match="may have codes in it"):
        write_sheet(OUT, SHEET, Path("sheet.csv"))
    assert Path("sheet.csv").read_text() == "my codes"
    write_sheet(OUT, SHEET, Path("sheet.csv"), force=True)
    assert Path("sheet.csv").read_text() != "my codes"


@pytest.mark.usefixtures("videos")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"per": "regoin_code"}, "has no column 'regoin_code' for --per. Did you mean 'region_code'"),
        ({"of": "comments"}, "has no table comments"),
        ({"of": "users"}, "has no table users"),
        ({"codes": ("caption",)}, "A column cannot be called 'caption'"),
        ({"codes": ("a", "a")}, "A name is there twice: a,a"),
        ({"coders": Coders(("=1",), 0.5)}, "A coder cannot be called '=1'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(Fault, match=message):
        write_sheet(OUT, replace(SHEET, **changes), Path("sheet.csv"))


@pytest.mark.slow
@pytest.mark.usefixtures("videos")
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_coded_sheet_is_a_file_of_labels_as_it_is(delimiter: str) -> None:
    sheet = replace(SHEET, n=10, coders=Coders(("A", "B"), 0.5))
    write_sheet(OUT, sheet, Path("sheet.csv"), delimiter=delimiter)
    coded = read(Path("sheet.csv"), delimiter)
    file = io.StringIO()
    writer = csv.DictWriter(file, list(coded[0]), delimiter=delimiter)
    writer.writeheader()
    for row in coded:
        writer.writerow(row | {"frame": "risk", "tone": row["video_id"][-1]})
    built_with("\ufeff" + file.getvalue(), coder="coder")
    assert rows("SELECT count(*), count(DISTINCT video_id) FROM codes JOIN videos ON id = video_id") == [(15, 10)]
    assert rows("SELECT unknown, unreadable, duplicates, contradictions FROM labels") == [(0, 0, 0, 0)]
    columns = rows("SELECT list(column_name ORDER BY column_index) FROM duckdb_columns() WHERE table_name = 'codes'")
    assert columns == [(["video_id", "coder", "frame", "tone"],)]
