"""A refresh finds every record that is gone and no other, asks for each id once, and continues after any stop."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from tests.support import FOLDER
from tests.ttdata.comply.conftest import Labs
from tests.ttdata.comply.lost import (
    ACCOUNTS,
    COMMENTS,
    IS_COMMENT_REMOVED,
    IS_VIDEO_REMOVED,
    NAME,
    VIDEOS,
    Killed,
    gone,
    rows,
    submitted,
)
from ttapi import QuotaExhausted
from ttdata.comply.due import due, refuse_overdue
from ttdata.comply.record import records
from ttdata.comply.tasks import CREATE, STATUS, Batch, Tasks
from ttdata.errors import NotYet, Overdue, Unfinished

TASKS = Path("refresh", NAME, "2026-06-16", "tasks.ndjson.zst")


def query(sql: str) -> list[Any]:
    with duckdb.connect(str(FOLDER.dataset(NAME)), read_only=True) as con:
        return con.execute(sql).fetchall()


def removed() -> dict[str, set[str]]:
    """The ids of the rows that the mock server removes, by what the dataset says about them."""
    number = "regexp_extract(text, '[0-9]+')::INTEGER"
    comments = dict(query(f"SELECT {number}, id::VARCHAR FROM comments"))
    by_time = query("SELECT id::VARCHAR FROM videos ORDER BY create_time, username")
    times = sorted((1 + each % 9, each // 9, f"account_of_test{each % ACCOUNTS}", each) for each in range(VIDEOS))
    videos = {each: row[0] for (*_, each), row in zip(times, by_time, strict=True)}
    return {
        "video": {videos[each] for each in IS_VIDEO_REMOVED},
        "comment": {comments[each] for each in IS_COMMENT_REMOVED},
    }


def test_after_15_days_every_deletion_is_found_and_none_is_false(lab: Labs) -> None:
    with lab() as made:
        assert query("SELECT count(*) FROM videos") == [(VIDEOS,)]
        assert query("SELECT count(*) FROM comments") == [(COMMENTS,)]
        made.server.move_clock("+15d")
        done = made.refresh()
        found, truth = gone(), removed()
        assert {category: set(found[category]) for category in truth} == truth
        assert found["user"] == []
        numbers = done.report["found"]
        assert [numbers[each]["gone"] for each in ("video", "comment", "user")] == [10, 12, 0]
        assert [numbers[each]["checked"] for each in ("video", "comment", "user")] == [VIDEOS, COMMENTS, ACCOUNTS]
        # Of a profile nothing personal is requested again.
        assert {answer.fields for answer in made.sent("user.info")} == {("is_verified",)}
        # Nothing is deleted.
        assert query("SELECT count(*) FROM videos") == [(VIDEOS,)]


@pytest.mark.parametrize("batch", [7, 64, 200, 10_000])
def test_each_id_is_submitted_once_in_as_few_tasks_as_there_can_be(lab: Labs, batch: int) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        made.refresh(batch)
        tasks = -(-VIDEOS // batch) + -(-COMMENTS // batch)
        assert len(made.sent("compliance.create")) == tasks
        # Each is finished at its first poll.
        assert len(made.sent("compliance.status")) == len(made.sent("compliance.download")) == tasks
        ids = submitted(TASKS)
        assert len(ids) == len(set(ids)) == VIDEOS + COMMENTS
        assert {category: set(some) for category, some in gone().items() if some} == removed()


@pytest.mark.slow
def test_killed_after_any_answer_it_continues_without_a_second_task_or_a_second_request(lab: Labs) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        for _ in range(20):
            made.most = len(made.answers) + 3
            try:
                made.refresh(150)
                break
            except Killed:
                assert len(made.answers) == made.most
        ids, usernames = submitted(TASKS), [answer.body["username"] for answer in made.sent("user.info")]
        assert len(ids) == len(set(ids)) == VIDEOS + COMMENTS
        assert len(usernames) == len(set(usernames)) == ACCOUNTS
        assert {category: set(some) for category, some in gone().items() if some} == removed()


@pytest.mark.slow
def test_killed_between_the_tombstones_and_the_report_it_counts_the_same(
    lab: Labs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object) -> None:
        raise Killed

    with lab() as made:
        made.server.move_clock("+15d")
        with monkeypatch.context() as patch:
            patch.setattr("ttdata.comply.refresh.write_json", kill)
            with pytest.raises(Killed):
                made.refresh()
        with monkeypatch.context() as patch:
            patch.setattr("ttdata.comply.loss.losses", kill)
            with pytest.raises(Killed):
                made.refresh()
        numbers = made.refresh().report["found"]["video"]
        assert (numbers["gone"], numbers["first"], numbers["again"], numbers["lost"]) == (10, 10, 0, 0)


@pytest.mark.slow
def test_a_quota_stop_keeps_what_was_paid_for(lab: Labs) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        meter = made.server.tenant
        meter.set_used({"general": meter.options.quota - 4})
        with pytest.raises(QuotaExhausted):
            made.refresh(100)
        sent = len(made.sent("compliance.create"))
        made.server.move_clock("next-utc-midnight")
        made.refresh(100)
        ids = submitted(TASKS)
        assert 0 < sent <= 5
        assert len(ids) == len(set(ids)) == VIDEOS + COMMENTS


def test_a_task_that_takes_long_is_polled_again_by_the_next_command(lab: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        remember = type(made.server.tenant).remember_task

        def slow(tenant: Any, result: bytes) -> int:
            number = remember(tenant, result)
            tenant.tasks[number] = tenant.now + 7_200, result
            return number

        monkeypatch.setattr(type(made.server.tenant), "remember_task", slow)
        with pytest.raises(NotYet, match=r"2 compliance tasks .* 200 videos and 400 comments have no result yet"):
            made.refresh()
        assert len(made.sent("compliance.status")) == 2 * 11
        made.server.move_clock("+2h")
        made.refresh()
        assert len(made.sent("compliance.create")) == 2
        assert {category: set(some) for category, some in gone().items() if some} == removed()


@pytest.mark.slow
def test_an_api_that_fails_ends_the_command_with_its_reason_and_the_next_one_continues(lab: Labs) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        failing = {"match": {"endpoint": "compliance.create"}, "chance": 1, "do": "internal_error"}
        made.server.play({"faults": [failing]})
        with pytest.raises(
            NotYet, match=r"6 compliance tasks .* no result yet\. The last request failed with HTTP 500"
        ):
            made.refresh(100)
        assert len(made.sent("compliance.create")) == 10  # the failure budget of a day
        assert not records(FOLDER, NAME)[0].gone.exists()
        made.server.play({"faults": []})
        made.server.move_clock("next-utc-midnight")
        made.refresh(100)
        assert {category: set(some) for category, some in gone().items() if some} == removed()


def test_a_task_that_failed_is_created_again_a_few_times_at_most() -> None:
    batch = Batch("video", ("7", "8"))
    tasks = Tasks([batch])
    (task,) = tasks.all
    for number in (1, 2, 3):
        tasks.note(line(CREATE, file_data=batch.file, category="video"), {"task_id": number})
        assert task.number == number
        tasks.note(line(STATUS, task_id=number), {"task_status": "Processing"})
        assert task.number == number
        tasks.note(line(STATUS, task_id=number), {"task_status": "Failed"})
        assert task.number is None
    assert task.created == 3
    assert task.available is None


def line(endpoint: str, **request: object) -> Any:
    return SimpleNamespace(endpoint=endpoint, request=request, good=True, error=None)


@pytest.mark.slow
def test_a_task_that_the_api_has_lost_is_created_again(lab: Labs) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        made.most = len(made.answers) + 2
        with pytest.raises(Killed):
            made.refresh()
        made.most = None
        made.server.tenant.tasks.clear()
        made.refresh()
        assert len(made.sent("compliance.create")) == 4
        assert {category: set(some) for category, some in gone().items() if some} == removed()


@pytest.mark.slow
def test_a_result_that_cannot_be_true_is_not_believed(lab: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        other = b"7302470379501604128\n"
        tenant = type(made.server.tenant)
        remember = tenant.remember_task
        monkeypatch.setattr(tenant, "remember_task", lambda self, result: remember(self, other))
        with pytest.raises(Unfinished, match="2 compliance tasks failed 3 times, or returned what cannot be true"):
            made.refresh()
        assert not records(FOLDER, NAME)[0].gone.exists()
        assert not FOLDER.tombstones.exists()


@pytest.mark.slow
def test_that_nothing_is_left_is_believed_when_a_second_task_says_so(
    lab: Labs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        tenant = type(made.server.tenant)
        remember = tenant.remember_task
        empty = iter([True, False, False])
        monkeypatch.setattr(
            tenant, "remember_task", lambda self, result: remember(self, b"" if next(empty, False) else result)
        )
        made.refresh()
        assert len(made.sent("compliance.create")) == 3
        assert {category: set(some) for category, some in gone().items() if some} == removed()


@pytest.mark.slow
def test_an_account_that_is_not_found_once_is_a_miss_and_twice_a_confirmed_loss(lab: Labs) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        made.server.set_rows(rows(missing=(3,)))
        first = made.refresh().report["found"]["user"]
        assert gone()["user"] == ["account_of_test3"]
        assert (first["gone"], first["first"], first["lost"], first["reasons"]) == (1, 1, 0, {"UserNotFound": 1})
        made.server.move_clock("+6d")
        second = made.refresh().report["found"]["user"]
        assert (second["again"], second["lost"]) == (1, 0)
        made.server.move_clock("+2d")
        third = made.refresh().report["found"]["user"]
        assert (third["first"], third["again"], third["lost"]) == (0, 0, 1)
        made.server.set_rows(rows())
        made.server.move_clock("+1d")
        fourth = made.refresh().report["found"]["user"]
        assert (fourth["gone"], fourth["back"]) == (0, 1)


@pytest.mark.slow
def test_a_video_that_comes_back_is_counted_as_such(lab: Labs) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        made.refresh()
        made.server.set_rows(rows(videos=set(list(IS_VIDEO_REMOVED)[2:])))
        made.server.move_clock("+15d")
        numbers = made.refresh().report["found"]["video"]
        assert (numbers["gone"], numbers["first"], numbers["lost"], numbers["back"]) == (8, 0, 8, 2)


@pytest.mark.slow
@pytest.mark.parametrize("memory", ["hash", "id", "none"])
def test_what_is_remembered_has_the_form_that_the_study_says(lab: Labs, memory: str) -> None:
    with lab(terms={"refresh_days": 15, "tombstone": memory}) as made:
        made.server.move_clock("+15d")
        made.refresh()
        video = min(removed()["video"])
        stored = FOLDER.tombstones.read_text() if FOLDER.tombstones.exists() else ""
        assert bool(stored) == (memory != "none")
        assert (video in stored) == (memory == "id")
        assert FOLDER.tombstone_key.exists() == (memory == "hash")
        if memory == "hash":
            assert FOLDER.tombstone_key.stat().st_mode & 0o777 == 0o600
        made.server.move_clock("+15d")
        numbers = made.refresh().report["found"]["video"]
        assert numbers["lost"] == (0 if memory == "none" else 10)


def test_a_dataset_is_due_after_its_days_and_not_a_moment_earlier(lab: Labs) -> None:
    with lab() as made:
        path = FOLDER.dataset(NAME)
        first = query("SELECT min(asked_at) FROM rounds")[0][0]
        state = due(path)
        assert f"{state.moment:%Y-%m-%d %H:%M:%S}" == f"2026-06-16 {first:%H:%M:%S}"
        made.server.move_clock("+15d")
        made.refresh()
        again = due(path)
        assert again.checked
        assert again.checked.date().isoformat() == "2026-06-16"
        assert again.refreshed == again.checked


@pytest.mark.slow
def test_an_overdue_dataset_is_refused_until_it_is_refreshed(lab: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    with lab() as made:
        path = FOLDER.dataset(NAME).absolute()
        monkeypatch.setenv("TTDATA_NOW", "2026-06-16T11:59:00+00:00")
        refuse_overdue(path, "exported")
        monkeypatch.setenv("TTDATA_NOW", "2026-06-16T12:30:00+00:00")
        with pytest.raises(
            Overdue, match=r"overdue since 2026-06-16 .* was not exported\. Run: .*ttdata refresh recent"
        ):
            refuse_overdue(path, "exported")
        made.server.move_clock("+15d")
        made.refresh()
        refuse_overdue(path, "exported")


def test_a_clock_of_this_machine_that_was_set_back_makes_nothing_less_due(
    lab: Labs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lab():
        monkeypatch.setenv("TTDATA_NOW", "2020-01-01T00:00:00+00:00")
        state = due(FOLDER.dataset(NAME))
        assert state.now.isoformat() >= "2026-06-01T12:00"


def test_the_report_names_no_record_and_shows_no_small_cell(lab: Labs) -> None:
    with lab() as made:
        made.server.move_clock("+15d")
        report = made.refresh().report
        page, stored = FOLDER.loss_page(NAME).read_text(), FOLDER.loss(NAME).read_text()
        assert json.loads(stored) == report
        for some in removed().values():
            assert not [each for each in some if each in page + stored]
        assert "account_of_test" not in page + stored
        shown = [cell for cell in report["loss"] if cell["checked"] is not None]
        assert {cell["dimension"] for cell in shown} >= {"followers of the author"}
        for cell in shown:
            assert cell["checked"] >= 10
            assert not 0 < cell["gone"] < 10
