"""Replay: the calls of a client are sent again, and answers that differ are listed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from mockserver.__main__ import main
from mockserver.adapters.threads import InThread
from mockserver.core import Core
from tests.mockserver.conftest import ADMIN, USER, VIDEO, Api, OtherProgram
from tests.mockserver.endpoints.test_compliance import create, result
from tests.support import Outcome

EMPTY = {"username": "mock_empty"}


def replay(tmp_path: Path, archive: Any, *options: str) -> Outcome:
    file = tmp_path / "run.har"
    file.write_text(archive if isinstance(archive, str) else json.dumps(archive))
    result = CliRunner().invoke(main, ["replay", str(file), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return Outcome(result.exit_code, result.output)


def collect(api: Api) -> dict[str, Any]:
    """The archive of a run with pages, comments, a fault, a spent quota, another day, a quirk and a task."""
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


def test_the_same_server_answers_as_before(api: Api, tmp_path: Path) -> None:
    archive = collect(api)
    outcome = replay(tmp_path, archive)
    assert outcome.said.splitlines() == [
        "11 calls: 10 answered as before, 0 answered differently.",
        "1 sent, but not compared:",
        "    5 user.info: the fault internal_error was sent instead of an answer",
    ]
    assert outcome.status == 0


def test_forms_files_and_faults_by_quirks_are_compared_too(inside: Api, tmp_path: Path) -> None:
    body = inside.search(max_count=20)
    form = {name: json.dumps(value) if name == "query" else value for name, value in body.items()} | {"fields": "id"}
    url, headers = f"{inside.mock.url}/v2/research/video/query/", {"Authorization": f"Bearer {inside.token}"}
    first = requests.post(url, data=form, headers=headers, timeout=10).json()["data"]
    later = form | {"search_id": first["search_id"], "cursor": 20}
    assert requests.post(url, data=later, headers=headers, timeout=10).status_code == 200
    result(inside, create(inside, [first["videos"][0]["id"]]))
    inside.mock.switch_on("gateway-timeout")
    while inside.post("user/info", EMPTY, USER).status_code != 504:
        pass
    archive = inside.admin("GET", f"journal.har?tenant={inside.key}").json()
    count = len(archive["log"]["entries"])
    assert replay(tmp_path, archive).said == f"{count} calls: {count} answered as before, 0 answered differently.\n"


def test_an_answer_that_is_not_json_now_has_no_error_code(inside: Api, tmp_path: Path) -> None:
    for _ in range(20):
        assert inside.post("user/info", EMPTY, USER).status_code == 200
    archive = inside.admin("GET", f"journal.har?tenant={inside.key}").json()
    for entry_ in archive["log"]["entries"]:
        entry_["_mock"]["quirks"] = ["gateway-timeout"]
    said = replay(tmp_path, archive).said
    assert {line.split(": ", 1)[1] for line in said.splitlines()[1:]} == {"was 200 ok; is now 504"}


def test_a_replay_restores_clock_and_quota(inside: Api, tmp_path: Path) -> None:
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


def test_a_replay_against_a_running_server_changes_no_tenant_of_the_user(core: Core, tmp_path: Path) -> None:
    with InThread(core) as mock:
        api = Api(mock)
        archive = collect(api)
        before = api.admin("GET", f"tenant?tenant={api.key}").json()
        outcome = replay(tmp_path, archive, "--url", mock.url, "--admin-token", ADMIN)
        after = api.admin("GET", f"tenant?tenant={api.key}").json()
    assert outcome.said.startswith("11 calls: 10 answered as before, 0 answered differently.")
    assert before | {"now": 0} == after | {"now": 0}


def test_different_answers_are_listed(inside: Api, tmp_path: Path) -> None:
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


def test_a_replay_uses_the_world_of_the_archive(inside: Api, tmp_path: Path) -> None:
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


def entry(path: str, body: str, status: int, answer: str) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-01-01T00:00:00Z",
        "request": {"method": "POST", "url": "https://open.tiktokapis.com" + path, "postData": {"text": body}},
        "response": {"status": status, "content": {"text": answer}},
    }


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"log": {}}', '{"log": {"entries": [{}]}}', '{"log": {"entries": []}}', '{"log": 5}']
)
def test_a_file_that_is_not_an_archive_is_reported_in_one_sentence(tmp_path: Path, text: str) -> None:
    outcome = replay(tmp_path, text)
    assert outcome.status == 1
    assert outcome.said.count("\n") == 1


def test_nothing_is_sent_to_a_server_that_is_not_the_mock(other_program: OtherProgram, tmp_path: Path) -> None:
    archive = {"log": {"entries": [entry("/v2/research/user/info/?fields=x", "{}", 400, "")]}}
    outcome = replay(tmp_path, archive, "--url", other_program.url)
    assert other_program.paths == ["/__mock__/health"]
    assert outcome.status == 1
    assert outcome.said.startswith("No mock server answers at http://127.0.0.1:")
