"""Lists as people write them: what is requested, what is not, and what the plan says about it."""

import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import small_study
from ttdata.errors import StudyFault
from ttdata.plan.plan import Plan
from ttdata.study.entries import Lists, read_hashtag, read_keyword, spoiled_by_a_spreadsheet
from ttdata.study.problems import Problems
from ttdata.study.study import Study

TODAY = date(2026, 6, 1)


def plan_of(dataset: dict[str, Any], base: Path = Path()) -> Plan:
    return Plan.of(Study.check(small_study(datasets={"small": dataset}), today=TODAY, base=base))


def search_for(**condition: Any) -> dict[str, Any]:
    return {"videos": {"where": {"any": [condition]}, "during": ["2025-01-01", "2025-01-10"]}}


def values(plan: Plan) -> list[str]:
    """The values of the first condition of the first request."""
    (condition,) = plan.slices[0].body["query"]["or"]
    return list(condition["field_values"])


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("#klima", "klima"),
        ("  klima \u200b", "klima"),
        ("\ufeff#voteblue💙", "voteblue💙"),
        ("vote2024🇺🇸", "vote2024🇺🇸"),
        ("𝗰𝗹𝗶𝗺𝗮𝘁𝗲", "𝗰𝗹𝗶𝗺𝗮𝘁𝗲"),
        ("\u0635\u0648\u0631\u0629", "\u0635\u0648\u0631\u0629"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("👩\u200d🌾", "👩\u200d🌾"),
        (unicodedata.normalize("NFD", "café"), "café"),
    ],
)
def test_a_hashtag_is_requested_without_its_mark_and_without_what_nobody_sees(entry: str, value: str) -> None:
    assert read_hashtag(entry).value == value


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("# fyp", "heading"),
        ("## general terms (agreed in March)", "heading"),
        ("//later: wetter", "heading"),
        ("klima  # the German word", "write only 'klima'"),
        ("klima // later", "write only 'klima'"),
        ("climate change", "write 'climatechange'"),
        ("climate,change", "write 'climatechange'"),
        ("klima#wald", "write 'klimawald'"),
        ("l'oréal", "write 'loréal'"),
        ("fridays-for-future", "write 'fridaysforfuture'"),
        ("kli\u200bma", "U+200B"),
        ("#", "heading"),
        ("...", "no letter"),
    ],
)
def test_what_is_no_hashtag_is_not_requested_and_the_reason_says_what_to_write(entry: str, reason: str) -> None:
    reading = read_hashtag(entry)
    assert reading.value is None
    assert reason in reading.reason


def test_entries_that_are_not_used_are_printed_and_stay_countable(tmp_path: Path) -> None:
    (tmp_path / "tags.txt").write_text("# fyp\n## general\n#klima\nklima  # the German word\n// later: wetter\nKlima\n")
    plan = plan_of(search_for(hashtag_name={"file": "tags.txt"}), tmp_path)
    assert values(plan) == ["klima", "Klima"]
    (dataset,) = plan.datasets
    assert [(each.entry, each.used_as) for each in dataset.unused] == [
        ("# fyp", None), ("## general", None), ("klima  # the German word", None), ("// later: wetter", None),
    ]  # fmt: skip
    assert "where.any.hashtag_name: 4 entries are not requested: '# fyp'" in dataset.notes[0]


def test_a_condition_never_disappears() -> None:
    with pytest.raises(StudyFault, match=r"any\.hashtag_name: None of its entries can be used, for example '# fyp'"):
        plan_of(search_for(hashtag_name=["# fyp", "//"]))


def test_two_forms_of_the_same_characters_are_one_term_and_the_plan_says_so() -> None:
    plan = plan_of(search_for(hashtag_name=["café", unicodedata.normalize("NFD", "café"), "café"]))
    assert values(plan) == ["café"]
    assert ["characters" in each.reason for each in plan.datasets[0].unused] == [True, False]
    assert "2 entries are listed again" in plan.datasets[0].notes[0]


@pytest.mark.parametrize(
    ("keyword", "warning"),
    [
        ("climate AND change", "AND"),
        ("a OR b", "OR"),
        ('"climate change"', "quotation marks"),
        ("clim*", "contains *"),
        ("-spam", "a word after - or +"),
        ("klima, wetter", "a list"),
        ("klima;2025", "a list"),
        ("#klima", "contains #"),
        ("kli\u200bma", "U+200B"),
    ],
)
def test_a_keyword_is_sent_as_written_and_the_plan_warns_of_syntax(keyword: str, warning: str) -> None:
    plan = plan_of(search_for(keyword=keyword))
    assert values(plan) == [keyword]
    (note,) = plan.datasets[0].notes
    assert warning in note


@pytest.mark.parametrize("keyword", ["climate change", "l'oréal", "C++", "100 %", "what?"])
def test_an_ordinary_keyword_has_no_warning(keyword: str) -> None:
    assert read_keyword(keyword).value == keyword
    assert plan_of(search_for(keyword=keyword)).datasets[0].notes == ()


@given(st.lists(st.text(max_size=12), max_size=8), st.sampled_from(["hashtag_name", "keyword", "username"]))
def test_every_entry_is_used_once_or_has_a_reason(entries: list[str], kind: str) -> None:
    lists = Lists()
    used = lists.read("list", entries, kind, Problems())
    assert len(used) == len(set(used))
    assert len(used) + len(lists.unused) == len(entries)
    assert all(each.reason for each in lists.unused)
    # What is used is read again as itself.
    assert Lists().read("list", used, kind, Problems()) == used


ACCOUNTS = [
    ("https://www.tiktok.com/@Anna_daily12", "A"),
    ("tiktok.com/@bruno.kaya1/", "C"),
    ("NA!", "D"),
    ("-", "E"),
    ("NA", "missing"),
    ("Party of the Centre", "F"),
    ("@ANNA_DAILY12", "G"),
    (".dot", "H"),
]


def test_each_account_counts_once_and_an_impossible_handle_stays_a_row(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("username,party\n" + "".join(f"{a},{b}\n" for a, b in ACCOUNTS))
    plan = plan_of(
        {
            "accounts": {"file": "accounts.csv"},
            "videos": {"of": "accounts", "during": ["2025-01-01", "2025-01-05"]},
            "users": {"of": "accounts"},
        },
        tmp_path,
    )
    (dataset,) = plan.datasets
    assert dataset.handles == ["anna_daily12", "bruno.kaya1", ".dot"]
    assert [row["listed"] for row in dataset.accounts if row["username"] is None] == [
        "NA!", "-", "NA", "Party of the Centre",
    ]  # fmt: skip
    assert plan.slices[0].body["query"]["and"][0]["field_values"] == dataset.handles
    assert any("'@ANNA_DAILY12' is listed twice with different columns" in note for note in dataset.notes)
    assert any("4 entries are not requested: 'NA!', '-', 'NA', …" in note for note in dataset.notes)


def test_handles_of_a_condition_are_read_like_those_of_a_list() -> None:
    plan = plan_of(search_for(username=["@ZDFheute", "https://www.tiktok.com/@tagesschau?lang=de", "a b"]))
    assert values(plan) == ["zdfheute", "tagesschau"]


def test_ids_that_a_spreadsheet_has_rounded_are_warned_about_before_they_cost_quota() -> None:
    ids = [7_302_470_379_501_604_128 + 7_919_117 * number for number in range(20)]
    assert not spoiled_by_a_spreadsheet(ids)
    excel = [each // 10_000 * 10_000 for each in ids]
    double = [int(float(each)) for each in ids]
    for spoiled in (excel, double):
        assert spoiled_by_a_spreadsheet(spoiled)
        plan = plan_of({"ids": spoiled, "videos": {"of": "ids"}})
        assert any("A spreadsheet seems to have rounded them" in note for note in plan.datasets[0].notes)


@pytest.mark.parametrize("text", ["🌹", "𠮷野家", "𝗰𝗹𝗶𝗺𝗮𝘁𝗲"])
def test_every_character_beyond_the_first_plane_works_wherever_a_study_has_text(tmp_path: Path, text: str) -> None:
    study = small_study(waive=[{"slice": "videos/a", "reason": text}])
    study["datasets"]["small"] |= {"accounts": [{"username": "a", "note": text}], "users_b": {"of": "accounts"}}
    study["datasets"]["small"]["videos"]["where"]["any"] = [{"hashtag_name": [text]}, {"keyword": text}]
    plan = Plan.of(Study.check(study, today=TODAY))
    plan.write(tmp_path / "plan.json")
    assert Plan.read(tmp_path / "plan.json") == plan
    # As YAML, and as JSON that escapes it in two halves.
    halves = text.encode("utf-16-be")
    escaped = "".join(f"\\u{halves[at : at + 2].hex()}" for at in range(0, len(halves), 2))
    assert Study.check(small_study() | {"waive": [{"slice": "a", "reason": text}]}, today=TODAY).waived == {"a": text}
    (tmp_path / "study.yaml").write_text(f'waive: [{{slice: a, reason: "{escaped}"}}]\n')
    loaded = Study.load(tmp_path / "study.yaml")
    assert isinstance(loaded, dict)
    assert Study.check(small_study() | loaded, today=TODAY).waived == {"a": text}


def test_a_random_sample_warns_like_any_other_search() -> None:
    sample = search_for(keyword="climate AND change")
    sample["videos"] |= {"random": {"by": "month", "draws": 2}}
    (note,) = plan_of(sample).datasets[0].notes
    assert "contains AND" in note
