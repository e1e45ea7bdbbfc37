"""The study's own labels: typed tables that join, survive a rebuild, and leave the dataset's digest as it is."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support import small_study
from tests.ttdata.labelled import OUT, built_with, collected, rows
from tests.ttdata.over_time import DAY_0, collect_due, plan_of
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of
from ttdata.build.labels import label_tables
from ttdata.errors import StudyFault
from ttdata.plan.plan import Plan
from ttdata.study.study import Study
from ttdata.tables.files import opened

ONE, TWO, THREE = 7302470379501604128, 7302470379501604129, 7302470379501604131


@pytest.fixture(autouse=True)
def videos(own_folder: Path) -> None:
    collected(*({"id": each, "view_count": 10} for each in (ONE, TWO, THREE)))


def numbers() -> tuple[int, int, int, int, int, int]:
    """Rows used, not coded, unreadable, unknown, repeated, in contradiction."""
    with opened(OUT) as con:
        (each,) = label_tables(con)
    return each.rows, each.uncoded, each.unreadable, each.unknown, each.duplicates, each.contradictions


def label_digest() -> str:
    return str(rows("SELECT digest FROM labels")[0][0])


def test_labels_join_with_exact_ids_and_each_column_has_its_type_and_a_comment() -> None:
    built_with(
        "\ufeffvideo_id;Frame;tone;share;sure;seen on;code;note\r\n"
        f"{ONE};risk;1;0.5;TRUE;2025-01-31;007;\r\n"
        f"https://www.tiktok.com/@a/video/{TWO};hope;-2;1e-05;FALSE;2025-02-01;12;NA\r\n"
        f"id_{THREE};;;;;;1;\r\n"
    )
    joined = "SELECT video_id, frame, tone, share, sure, code FROM codes JOIN videos ON id = video_id ORDER BY 1"
    assert rows(joined) == [
        (ONE, "risk", 1, 0.5, True, "007"),
        (TWO, "hope", -2, 1e-05, False, "12"),
        (THREE, None, None, None, None, "1"),
    ]
    columns = rows("SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = 'codes'")
    types = {name: kind for name, kind, _ in columns}
    assert types == {
        "video_id": "BIGINT",
        "frame": "VARCHAR",
        "tone": "BIGINT",
        "share": "DOUBLE",
        "sure": "BOOLEAN",
        "seen on": "DATE",
        "code": "VARCHAR",
        "note": "VARCHAR",
    }
    assert all("codes.csv" in comment or "videos.id" in comment for _, _, comment in columns)
    assert "codes.csv" in rows("SELECT comment FROM duckdb_tables() WHERE table_name = 'codes'")[0][0]


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["007", "1e5", "+1", "1.", "0x1", "1,5", "9223372036854775808", "nan", "2025-02-30"])
def test_a_column_stays_text_if_a_number_or_day_would_lose_what_is_written(cell: str) -> None:
    built_with(f'video_id,code\n{ONE},"{cell}"\n')
    assert rows("SELECT code FROM codes") == [(cell,)]


def test_rows_that_cannot_be_used_are_left_out_and_listed_with_their_numbers() -> None:
    built = built_with(
        "video_id,coder,frame\n"
        f"{ONE},A,risk\n"  # row 2
        f"{ONE},B,hope\n"
        f"{ONE},A,risk\n"  # repeats row 2
        f"{TWO},A,risk\n"  # row 5
        f"{TWO},A,hope\n"  # contradicts row 5
        f"{THREE},A,\n"  # not coded
        "7100000000000000001,A,risk\n"  # unknown
        "none,A,risk\n"  # no id
        f"{THREE},,risk\n"  # no coder
        ",,\n",
        coder="coder",
    )
    assert rows("FROM codes") == [(ONE, "A", "risk"), (ONE, "B", "hope")]
    assert numbers() == (2, 1, 2, 1, 1, 2)
    assert dict(rows("SELECT reason, entry FROM list_entries WHERE list = 'labels.codes'")) == {
        "Row 4 repeats row 2.": str(ONE),
        "Row 5 of A contradicts row 6 (frame); none of them is used.": str(TWO),
        "Row 6 of A contradicts row 5 (frame); none of them is used.": str(TWO),
        "Row 8: videos has no such video_id.": "7100000000000000001",
        "Row 9 has no id in its column video_id.": "none",
        "Row 10 names no coder.": str(THREE),
    }
    (sentence,) = built.labels
    assert "2 rows of codes.csv" in sentence
    assert "1 unknown to the dataset, 2 in contradiction, 1 repeated, 2 without an id or a coder" in sentence
    assert "Not coded yet: 1 row" in sentence


def test_without_a_coder_an_item_has_one_row() -> None:
    built_with(f"video_id,coder,frame\n{ONE},A,risk\n{ONE},B,risk\n{TWO},A,risk\n")
    assert numbers() == (1, 0, 0, 0, 0, 2)


@pytest.mark.slow
def test_the_digest_of_a_dataset_does_not_depend_on_its_labels_which_have_their_own() -> None:
    digests, own = set(), set()
    for table in (f"video_id,frame\n{ONE},risk\n", f"video_id,frame\n{ONE},hope\n", f"video_id,tone\n{TWO},1\n"):
        digests.add(built_with(table).digest)
        digests.add(digest_of(OUT))
        own.add(label_digest())
    assert len(digests) == 1
    assert len(own) == 3


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.generate],  # each example builds a dataset twice, so to shrink one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_the_digest_of_labels_does_not_depend_on_the_order_of_rows(data: st.DataObject) -> None:
    cell = st.sampled_from(["", "a", "b", "1", "02", "NA", "TRUE"])
    row = st.tuples(st.sampled_from([ONE, TWO, THREE, 5, "x"]), st.sampled_from(["A", "B", ""]), cell, cell)
    lines = [",".join(map(str, each)) for each in data.draw(st.lists(row, min_size=1, max_size=12))]
    shuffled = random.Random(data.draw(st.integers(0, 99))).sample(lines, len(lines))
    seen = set()
    for some in (lines, shuffled):
        built_with("video_id,coder,one,two\n" + "\n".join(some) + "\n", coder="coder")
        seen.add((label_digest(), numbers()))
    assert len(seen) == 1


@pytest.mark.slow
def test_the_columns_that_a_sheet_shows_are_no_labels_unless_the_study_says_so() -> None:
    table = f"video_id,url,caption,frame\n{ONE},http://x,'=1+1,risk\n"
    built_with(table)
    assert rows("FROM codes") == [(ONE, "risk")]
    built_with(table, columns=["caption"])
    assert rows("FROM codes") == [(ONE, "'=1+1")]


def test_a_label_of_a_video_that_is_gone_by_now_stays() -> None:
    Path("codes.csv").write_text("video_id,frame\n1,risk\n2,hope\n3,risk\n")
    plan = plan_of({"labels": {"codes": {"file": "codes.csv", "of": "videos"}}})
    collect_due(plan, DAY_0, {1: 5, 2: 7})
    due = collect_due(plan, DAY_0 + timedelta(12), {1: 50})
    build(due, "small", OUT, label_files=[Path("codes.csv")])
    assert rows("SELECT id FROM videos_gone") == [(2,)]
    assert rows("FROM codes") == [(1, "risk"), (2, "hope")]


def test_labels_change_nothing_that_is_requested() -> None:
    study = small_study()
    Path("codes.csv").write_text(f"video_id,frame\n{ONE},risk\n")
    without = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    study["datasets"]["small"]["labels"] = {"codes": {"file": "codes.csv", "of": "videos"}}
    labelled = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    assert labelled.fingerprint == without.fingerprint
    assert labelled.digest != without.digest
    labelled.write(Path("plan.json"))
    assert Plan.read(Path("plan.json")).datasets == labelled.datasets


def test_a_file_that_is_damaged_after_the_plan_was_made_leaves_the_dataset_as_it_was() -> None:
    built_with(f"video_id,frame\n{ONE},risk\n")
    before = OUT.read_bytes()
    with pytest.raises(StudyFault, match=r"row 2: 7.30247E\+18 is not an id"):
        built_with("video_id,frame\n7.30247E+18,risk\n")
    assert OUT.read_bytes() == before
