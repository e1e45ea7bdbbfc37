"""A recorded run becomes rows and a scenario, in which nothing is left of the people in it."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from mockserver import InProcess
from mockserver.__main__ import main
from mockserver.core import Core
from mockserver.record.exchanges import Exchange
from mockserver.record.rows import record_rows
from mockserver.search.own_rows_reader import read_rows
from tests.mockserver.conftest import COMMENT, USER, VIDEO, Api, where
from tests.support import values_in


class Recorder:
    """Records what `requests` sends and receives, as a proxy does."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def __call__(self, response: requests.Response, *_: Any, **__: Any) -> None:
        body = response.request.body or b""
        text = body.decode() if isinstance(body, bytes) else body
        self.entries.append(
            {
                "request": {"url": response.url, "postData": {"text": text}},
                "response": {
                    "status": response.status_code,
                    "content": {"text": base64.b64encode(response.content).decode(), "encoding": "base64"},
                },
            }
        )

    def write(self, file: Path) -> Path:
        file.write_text(json.dumps({"log": {"entries": self.entries}}))
        return file


@pytest.fixture
def run(core: Core, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A run with two failures: a search, comments, a profile, followers, and accounts that are not shown."""
    recorder = Recorder()
    with InProcess(core) as mock, monkeypatch.context() as patch:
        send = requests.Session.send

        def recorded(session: requests.Session, request: Any, **options: Any) -> requests.Response:
            response = send(session, request, **options)
            recorder(response)
            return response

        patch.setattr(requests.Session, "send", recorded)
        mock.play({"faults": [{"match": {"endpoint": "video.query"}, "do": ["internal_error", "gateway_timeout"]}]})
        api = Api(mock)
        body = api.search(where("hashtag_name", "EQ", "fyp"))
        fields = f"{VIDEO},like_count,comment_count"
        for _ in range(2):
            api.post("video/query", body, fields)
        videos = api.data("video/query", body, fields)["videos"]
        api.data(
            "video/comment/list", {"video_id": max(videos, key=lambda video: video["comment_count"])["id"]}, COMMENT
        )
        api.data("user/info", {"username": api.sample["username"]}, USER)
        api.data("user/followers", {"username": api.sample["username"]})
        for name in ("mock_private", "mock_missing"):
            api.post("user/info", {"username": name}, USER)
    return recorder


def record(*words: object) -> Result:
    result = CliRunner().invoke(main, ["record", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_rows_are_searched_like_the_run(run: Recorder, tmp_path: Path) -> None:
    out = tmp_path / "rows.yaml"
    result = record(run.write(tmp_path / "run.har"), "--rows", out)
    assert result.exit_code == 0, result.output
    rows = yaml.safe_load(out.read_text())
    (search,) = [each for each in run.entries if b'"videos"' in base64.b64decode(each["response"]["content"]["text"])]
    recorded = json.loads(base64.b64decode(search["response"]["content"]["text"]))["data"]["videos"]
    videos = [video for user in rows["users"] for video in user.get("videos", ())]
    assert len(videos) == len(recorded)
    assert f"{len(videos)} videos." in result.output
    assert re.search(r"Replaced: \d+ usernames, ", result.output)
    with InProcess(Core(rows=read_rows(rows))) as mock:
        api = Api(mock)
        found = api.data("video/query", json.loads(search["request"]["postData"]["text"]), VIDEO)["videos"]
        own = [video for video in found if re.fullmatch(r"user_\d+", video["username"])]
        assert [video["region_code"] for video in own] == [video["region_code"] for video in recorded][: len(own)]
        assert len(own) > 10
        conditions = [row for row in rows["users"] if "private" in row or "missing" in row]
        for row, message in zip(conditions, ("is private", "cannot find the user"), strict=True):
            assert message in api.refused("user/info", {"username": row["username"]}, USER)["message"]


def test_nothing_of_the_people_is_left(run: Recorder, tmp_path: Path) -> None:
    out, scenario = tmp_path / "rows.yaml", tmp_path / "scenario.yaml"
    record(run.write(tmp_path / "run.har"), "--rows", out, "--scenario", scenario)
    text = out.read_text() + scenario.read_text()
    contents = [base64.b64decode(each["response"]["content"]["text"]) for each in run.entries]
    said = {value for content in contents if content.startswith(b"{") for value in values_in(json.loads(content))}
    texts = {each for each in said if isinstance(each, str) and len(each) > 3} - {"internal_error"}
    numbers = {str(each) for each in said if type(each) is int and each > 1_000 and len(str(each).rstrip("0")) > 2}
    assert len(texts) > 100
    assert not {
        each for each in texts | numbers if each in text and re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text)
    }


def test_the_scenario_repeats_the_failures_in_their_order(run: Recorder, tmp_path: Path) -> None:
    out = tmp_path / "scenario.yaml"
    result = record(run.write(tmp_path / "run.har"), "--scenario", out)
    assert "2 failures. 1 internal_error, 1 gateway_timeout." in result.output
    scenario = yaml.safe_load(out.read_text())["recorded"]
    assert scenario["faults"] == [{"match": {"endpoint": "video.query"}, "do": ["internal_error", "gateway_timeout"]}]
    with InProcess() as mock:
        mock.play(scenario)
        api = Api(mock)
        assert [api.post("video/query", api.search(), VIDEO).status_code for _ in range(3)] == [500, 504, 200]
    assert CliRunner().invoke(main, ["check", str(out)]).output == "recorded: 1 fault, 0 quirks\n"


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ((), 2, "Name what to write"),
        (("--rows", "rows.yaml"), 1, "This is not an HTTP archive (HAR)."),
        (("--rows", "nosuch/rows.yaml"), 1, "cannot be written"),
    ],
)
def test_a_mistake_ends_with_a_sentence(tmp_path: Path, words: tuple[str, ...], status: int, message: str) -> None:
    file = tmp_path / "run.har"
    good = {"url": "https://open.tiktokapis.com/v2/research/user/info/"}
    entry = {"request": good, "response": {"status": 200, "content": {}}}
    file.write_text(json.dumps({"log": {"entries": [entry]}}) if "nosuch" in str(words) else '{"log": 5}')
    result = record(file, *words)
    assert result.exit_code == status
    assert message in result.output


SAID = st.text(min_size=1, max_size=20).map(lambda text: f"Quux{text}")
VIDEOS = st.fixed_dictionaries(
    {"id": st.integers(1, 1 << 62), "create_time": st.integers(1_600_000_000, 1_780_000_000), "username": SAID},
    optional={
        "video_description": SAID,
        "hashtag_names": st.lists(SAID, max_size=3),
        "region_code": st.sampled_from(["US", "de", "Quux"]),
        "view_count": st.integers(0, 1 << 40),
        "voice_to_text": SAID,
        "comment_count": SAID,
    },
)


@given(st.lists(VIDEOS, max_size=5), st.lists(st.fixed_dictionaries({"text": SAID, "id": st.integers(1)}), max_size=3))
def test_any_recording_gives_rows_that_the_mock_reads_and_no_text_of_it(videos: Any, comments: Any) -> None:
    for comment in comments:
        comment |= {"video_id": videos[0]["id"] if videos else 1, "parent_comment_id": comments[0]["id"]}
    exchanges = [
        Exchange("video.query", {"query": {}}, 200, json.dumps({"data": {"videos": videos}})),
        Exchange("video.comments", {}, 200, json.dumps({"data": {"comments": comments}})),
        Exchange("user.info", {"username": "Quux"}, 200, json.dumps({"data": {"display_name": "Quux"}})),
    ]
    recording = record_rows(exchanges)
    read_rows(recording.rows)
    assert "uux" not in json.dumps(recording.rows).casefold()
