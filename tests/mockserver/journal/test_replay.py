"""Replay: what a client once asked is asked again, and answers that changed are named."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockserver.__main__ import main
from mockserver.adapters.threads import InThread
from mockserver.core import Core
from tests.mockserver.conftest import ADMIN, USER, VIDEO, Api, OtherProgram
from tests.mockserver.endpoints.test_compliance import create
from tests.support import Outcome

EMPTY = {"username": "mock_empty"}


def replay(tmp_path: Path, archive: Any, *options: str) -> Outcome:
    file = tmp_path / "run.har"
    file.write_text(archive if isinstance(archive, str) else json.dumps(archive))
    done = CliRunner().invoke(main, ["replay", str(file), *options])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return Outcome(done.exit_code, done.output)


def collect(api: Api) -> dict[str, Any]:
    """A run of pages, comments, a fault, a spent quota, a day later, a quirk, a task; what the journal keeps of it."""
    api.key = api.mock.client_key = "mock:quota=7"
    first = api.videos(max_count=20)
    later = api.search(max_count=20, cursor=20, search_id=first["search_id"])
    api.data("video/query", later, VIDEO)
    api.post("video/comment/list", {"video_id": api.sample["video_id"]}, "id,text")
    api.post("user/info", {"username": "mock_private"}, USER)
    api.mock.play({"faults": [{"do": "internal_error"}]})
    assert [api.post("user/info", EMPTY, USER).status_code for _ in range(3)] == [500, 200, 200]
    assert api.post("video/query", later, VIDEO).status_code == 429
    api.mock.move_clock("next-utc-midnight")
    api.tokens.clear()
    api.mock.switch_on("user-500")
    assert api.post("user/info", EMPTY, USER).status_code == 500
    task = create(api, [first["videos"][0]["id"]]).json()["data"]
    api.post("validation_task_status/get", task)
    archive: dict[str, Any] = api.admin("GET", f"journal.har?tenant={api.key}").json()
    return archive


def test_the_same_server_answers_the_same(api: Api, tmp_path: Path) -> None:
    archive = collect(api)
    outcome = replay(tmp_path, archive)
    assert outcome.said.splitlines() == [
        "11 calls: 10 answered as before, 0 answered differently.",
        "1 sent, but not compared:",
        "    5 user.info: the fault internal_error was sent in place of an answer",
    ]
    assert outcome.status == 0


def test_a_replay_stands_where_clock_and_quota_stood(inside: Api, tmp_path: Path) -> None:
    inside.key = "mock:quota=5"
    may = inside.search(start_date="20260501", end_date="20260528")
    assert inside.post("video/query", may, VIDEO).status_code == 200
    inside.admin("POST", "clock", {"tenant": inside.key, "to": "2026-06-20"})
    inside.tokens.clear()
    assert inside.post("video/query", may, VIDEO).status_code == 200
    inside.admin("POST", "quota", {"tenant": inside.key, "used": {"general": 5}})
    assert inside.post("video/query", may, VIDEO).status_code == 429
    archive = inside.admin("GET", f"journal.har?tenant={inside.key}").json()
    assert replay(tmp_path, archive).said == "3 calls: 3 answered as before, 0 answered differently.\n"


def test_a_replay_against_a_running_server_touches_no_tenant_of_the_user(core: Core, tmp_path: Path) -> None:
    with InThread(core) as mock:
        api = Api(mock)
        archive = collect(api)
        before = api.admin("GET", f"tenant?tenant={api.key}").json()
        outcome = replay(tmp_path, archive, "--url", mock.url, "--admin-token", ADMIN)
        after = api.admin("GET", f"tenant?tenant={api.key}").json()
    assert outcome.said.startswith("11 calls: 10 answered as before, 0 answered differently.")
    assert before | {"now": 0} == after | {"now": 0}


def test_what_is_answered_differently_is_named(inside: Api, tmp_path: Path) -> None:
    archive = collect(inside)
    recorded = [entry["_mock"] for entry in archive["log"]["entries"]]
    videos = recorded[0]["answer"]["records"]
    recorded[0]["answer"]["records"] += 1
    recorded[2]["answer"]["digest"] = "another"
    archive["log"]["entries"][3]["response"]["status"] = 200
    recorded[3]["code"] = "ok"
    outcome = replay(tmp_path, archive)
    assert outcome.status == 1
    lines = outcome.said.splitlines()
    assert lines[0] == "11 calls: 7 answered as before, 3 answered differently."
    assert lines[1].strip() == f"1 video.query: was 200 ok, {videos + 1} records; is now 200 ok, {videos} records"
    assert re.fullmatch(r" +3 video\.comments: was 200 ok, \d+ records; is now other data", lines[2])
    assert lines[3].strip() == "4 user.info: was 200 ok; is now 400 invalid_params"


def test_the_world_asked_is_the_one_that_was_recorded(inside: Api, tmp_path: Path) -> None:
    archive = collect(inside)
    assert archive["log"]["_mock"]["client_key"] == "mock:quota=7,seed=1,videos=20000"
    archive["log"]["_mock"]["client_key"] = "mock:quota=7,seed=2,videos=20000"
    assert replay(tmp_path, archive).status == 1


def test_an_archive_of_another_program_is_compared_by_status_and_code(tmp_path: Path) -> None:
    entries = [
        entry("/v2/oauth/token/", "", 200, "{}"),
        entry(
            "/v2/research/user/info/?fields=display_name",
            '{"username": "mock_empty"}',
            200,
            '{"error": {"code": "ok"}}',
        ),
        entry("/v2/research/user/info/?fields=x", "{}", 400, '{"error": {"code": "invalid_params"}}'),
        entry("/v2/research/user/info?fields=display_name", '{"username": "mock_empty"}', 500, "<html>"),
    ]
    outcome = replay(tmp_path, {"log": {"entries": entries}})
    assert outcome.said.splitlines() == [
        "3 calls: 2 answered as before, 1 answered differently.",
        "    3 user.info: was 500; is now 200",
    ]


def entry(path: str, body: str, status: int, said: str) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "request": {"method": "POST", "url": "https://open.tiktokapis.com" + path, "postData": {"text": body}},
        "response": {"status": status, "content": {"text": said}},
    }


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"log": {}}', '{"log": {"entries": [{}]}}', '{"log": {"entries": []}}', '{"log": 5}']
)
def test_a_file_that_is_no_archive_is_told_in_one_sentence(tmp_path: Path, text: str) -> None:
    outcome = replay(tmp_path, text)
    assert outcome.status == 1
    assert outcome.said.count("\n") == 1


def test_nothing_is_sent_where_no_mock_server_is(other_program: OtherProgram, tmp_path: Path) -> None:
    archive = {"log": {"entries": [entry("/v2/research/user/info/?fields=x", "{}", 400, "")]}}
    outcome = replay(tmp_path, archive, "--url", other_program.url)
    assert other_program.asked == ["/__mock__/health"]
    assert outcome.status == 1
    assert outcome.said.startswith("There is no mock server at http://127.0.0.1:")
