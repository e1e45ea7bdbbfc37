"""Dated terms: each day is searched for the terms in force, and a changed term requests only its own days again."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ttdata.with_mock import build_small, mock, plan_of, rows
from ttdata.errors import StudyFault
from ttdata.plan.counting import costs
from ttdata.plan.plan import Plan
from ttdata.study.terms import Term, phases

START = date(2025, 1, 1)
TERMS = st.lists(
    st.builds(
        lambda name, first, days: Term("hashtag_name", name, START + timedelta(first), START + timedelta(first + days)),
        st.sampled_from(["a", "b", "A", "c"]),
        st.integers(0, 20),
        st.integers(0, 9),
    ),
    max_size=6,
)


def row(term: str, first: str, last: str = "", field: str = "hashtag_name") -> dict[str, str]:
    return {"field": field, "term": term, "from": first, "to": last}


ROWS = [
    row("debate", "2025-01-01", "2025-01-20"),
    row("#Vote", "2025-01-10", "2025-02-15"),
    row("early voting", "2025-01-10", "2025-01-20", "keyword"),
]


def phased_study(rows: Any = ROWS, **videos: Any) -> dict[str, Any]:
    return {"videos": {"where": {"all": [{"region_code": "US"}]}, "phases": rows} | videos}


def windows_and_terms(plan: Plan) -> list[tuple[str, str, list[str]]]:
    return [
        (f"{each.start}", f"{each.end}", [text for group in each.body["query"]["or"] for text in group["field_values"]])
        for each in plan.slices
    ]


@given(TERMS)
def test_each_day_is_searched_for_exactly_the_terms_in_force(terms: list[Term]) -> None:
    by_day = {
        phase.period.start + timedelta(number): {
            (field, text.lower()) for field, texts in phase.terms for text in texts
        }
        for phase in phases(terms)
        for number in range(phase.period.days)
    }
    for day in (START + timedelta(number) for number in range(40)):
        in_force = {(each.field, each.term.lower()) for each in terms if each.first_day <= day <= each.last_day}
        assert by_day.get(day, set()) == in_force


@given(TERMS)
def test_a_phase_ends_only_where_the_terms_change(terms: list[Term]) -> None:
    for before, after in pairwise(phases(terms)):
        gap = after.period.start - before.period.end
        assert gap > timedelta(0)
        assert gap > timedelta(1) or before.terms != after.terms


def test_windows_end_where_the_terms_change() -> None:
    assert windows_and_terms(plan_of(phased_study())) == [
        ("2025-01-01", "2025-01-09", ["debate"]),
        ("2025-01-10", "2025-01-20", ["Vote", "debate", "early voting"]),
        ("2025-01-21", "2025-02-15", ["Vote"]),
    ]


def test_the_study_s_period_limits_the_phases_and_ends_open_ones() -> None:
    open_ended = [row("debate", "2024-01-01"), row("vote", "2025-01-03", "2025-12-31")]
    assert windows_and_terms(plan_of(phased_study(open_ended, during=["2025-01-01", "2025-01-10"], window=5))) == [
        ("2025-01-01", "2025-01-02", ["debate"]),
        ("2025-01-03", "2025-01-07", ["debate", "vote"]),
        ("2025-01-08", "2025-01-10", ["debate", "vote"]),
    ]


def test_a_changed_term_changes_only_the_windows_of_its_phases() -> None:
    changed = [ROWS[0], ROWS[1], {**ROWS[2], "term": "mail voting"}]
    before, after = ({each.name: each.start for each in plan_of(phased_study(rows)).slices} for rows in (ROWS, changed))
    assert [f"{after[name]}" for name in after.keys() - before.keys()] == ["2025-01-10"]


def test_two_spellings_of_a_hashtag_are_one_condition_and_two_terms() -> None:
    rows_ = [row("Wahl", "2025-01-01", "2025-01-05"), row("wahl", "2025-01-04", "2025-01-08")]
    plan = plan_of(phased_study(rows_))
    assert windows_and_terms(plan) == [
        ("2025-01-01", "2025-01-05", ["Wahl"]),
        ("2025-01-06", "2025-01-08", ["wahl"]),
    ]
    assert [each.term for each in plan.datasets[0].terms] == ["Wahl", "wahl"]


def test_a_dataset_has_the_days_of_each_term_and_the_terms_that_a_video_may_match() -> None:
    rows_ = [row("fyp", "2025-01-01", "2025-01-20"), row("viral", "2025-01-10", "2025-01-31")]
    plan = plan_of(phased_study([*rows_, row("the", "2025-01-05", "2025-01-06", "keyword")]))
    estimate = costs(plan).total
    with mock() as server:
        assert estimate.min <= server.videos(plan) <= estimate.max
    build_small(plan)
    assert rows("FROM terms ORDER BY first_day") == [
        ("hashtag_name", "fyp", date(2025, 1, 1), date(2025, 1, 20)),
        ("keyword", "the", date(2025, 1, 5), date(2025, 1, 6)),
        ("hashtag_name", "viral", date(2025, 1, 10), date(2025, 1, 31)),
    ]
    assert rows("SELECT count(*) > 20 FROM videos") == [(True,)]
    # The mock server matches whole words and tags, so every video has a term that it matches.
    assert rows("SELECT count(*) FROM videos ANTI JOIN video_terms ON id = video_id") == [(0,)]
    outside = rows(
        "SELECT count(*) FROM video_terms JOIN videos ON id = video_id "
        "WHERE (term = 'fyp' AND create_time >= '2025-01-21') OR (term = 'viral' AND create_time < '2025-01-10')"
    )
    assert outside == [(0,)]
    comments = dict(rows("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"))
    assert comments["video_terms"].startswith("approximate")


def test_the_terms_of_an_ordinary_query_are_in_force_for_the_whole_period() -> None:
    where = {
        "all": [{"keyword": "climate"}, {"region_code": "DE"}],
        "any": [{"hashtag_name": ["klima", "wald"]}],
        "none": [{"hashtag_name": "giveaway"}],
    }
    plan = plan_of({"videos": {"where": where, "during": ["2025-01-01", "2025-03-31"]}})
    assert [(each.field, each.term) for each in plan.datasets[0].terms] == [
        ("keyword", "climate"),
        ("hashtag_name", "klima"),
        ("hashtag_name", "wald"),
    ]
    assert {(each.first_day, each.last_day) for each in plan.datasets[0].terms} == {(START, date(2025, 3, 31))}


def test_a_plan_with_terms_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = plan_of(phased_study())
    plan.write(tmp_path / "plan.json")
    assert Plan.read(tmp_path / "plan.json").datasets == plan.datasets


@pytest.mark.parametrize("name", ["phases.csv", "phases.tsv"])
def test_phases_are_read_from_a_table(tmp_path: Path, name: str) -> None:
    separator = "," if name.endswith("csv") else "\t"
    lines = [separator.join(each) for each in [("field", "term", "from", "to"), *(each.values() for each in ROWS)]]
    (tmp_path / name).write_text("\ufeff" + "\r\n".join(lines), "utf-8", newline="")
    assert windows_and_terms(plan_of(phased_study({"file": name}), tmp_path)) == windows_and_terms(
        plan_of(phased_study())
    )


@pytest.mark.parametrize(
    ("dataset", "sentence"),
    [
        (phased_study([]), "videos.phases: The list is too short"),
        (phased_study(["fyp"]), "videos.phases.0: 'fyp' is text, but this must be a block of keys."),
        (phased_study([{"field": "keyword", "term": "a"}]), "videos.phases.0: The key 'from' is missing."),
        (
            phased_study([row("a", "2025-01-01", "2025-01-02", "hashtag")]),
            "phases.0: 'hashtag' is not a field that takes a list",
        ),
        (phased_study([row("#", "2025-01-01", "2025-01-02")]), "videos.phases.0: The term is empty."),
        (
            phased_study([row("a", "1.1.2025", "2025-01-02")]),
            "'1.1.2025' to '2025-01-02' are not days. Write a day as YYYY-MM-DD.",
        ),
        (
            phased_study([row("a", "2025-01-03", "2025-01-02")]),
            "The last day, 2025-01-02, is before the first, 2025-01-03.",
        ),
        (phased_study([row("a", "2025-01-03")]), "It has no last day; write one in the column 'to', or set the period"),
        (phased_study(during=["2020-01-01", "2020-01-02"]), "videos.phases: No term is in force within the period"),
        (
            phased_study([row("a", "2025-01-03", "2027-01-01")]),
            "videos.phases: Terms are in force until 2027-01-01, which is in",
        ),
        (
            phased_study([row("a", "2025-01-03", "9999-12-31")]),
            "Terms are in force until 9999-12-31, which is in the future",
        ),
        (
            phased_study(where={"any": [{"keyword": "a"}]}),
            "videos.where.any: phases replaces where.any; move these",
        ),
        (phased_study(where={"all": [{"region_code": "XX"}]}), 'such as DE, US or BR, not "XX"'),
        (phased_study([row("XX", "2025-01-01", "2025-01-02", "region_code")]), 'such as DE, US or BR, not "XX"'),
    ],
)
def test_phases_that_cannot_be_requested_are_refused_with_a_sentence(dataset: Any, sentence: str) -> None:
    with pytest.raises(StudyFault) as fault:
        plan_of(dataset)
    assert sentence in str(fault.value)
