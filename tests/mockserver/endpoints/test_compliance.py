"""Batch compliance: which of many ids are still public."""

import numpy as np
import pytest
import requests

from mockserver.world.times import EPOCH
from mockserver.world.world import world
from tests.mockserver.conftest import COMMENT, Api

WORLD = world(1, 20_000)


def create(api: Api, ids: list[int], category: str = "video", **headers: str) -> requests.Response:
    url = f"{api.mock.url}/v2/research/validation_task/create/"
    file = {"file_data": ("ids.txt", "\n".join(map(str, ids)), "text/plain")}
    headers = {"Authorization": f"Bearer {api.token}"} | headers
    return requests.post(url, files=file, data={"category": category}, headers=headers, timeout=10)


def result(api: Api, answer: requests.Response) -> list[int]:
    task = {"task_id": answer.json()["data"]["task_id"]}
    assert api.data("validation_task_status/get", task)["task_status"] == "Processing"
    api.admin("POST", "clock", {"tenant": "mock", "advance": 5})
    assert api.data("validation_task_status/get", task)["task_status"] == "Completed"
    return [int(line) for line in api.post("validation_task/download", task).text.split()]


def test_a_task_returns_the_video_ids_that_are_still_public(api: Api) -> None:
    videos = WORLD.videos(np.arange(5_000, 5_300))
    public = videos.ids[videos.public(EPOCH)].tolist()
    assert result(api, create(api, [*videos.ids.tolist(), 12345])) == public


def test_it_does_the_same_for_comments(api: Api) -> None:
    body = {"video_id": api.sample["video_id"], "max_count": 100}
    listed = [comment["id"] for comment in api.data("video/comment/list", body, COMMENT)["comments"]]
    every_id = WORLD.comments(WORLD.find_video(body["video_id"]) or 0).ids.tolist()
    valid = result(api, create(api, [*every_id, 77], "comment"))
    assert set(listed) <= set(valid) < set(every_id)


def test_ten_thousand_ids_are_accepted_and_one_more_is_not(api: Api) -> None:
    ids = WORLD.timeline.ids(np.arange(10_001)).tolist()
    assert create(api, ids[:10_000]).status_code == 200
    answer = create(api, ids)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_file_upload"
    assert answer.json()["error"]["http_status_code"] == 400


@pytest.mark.parametrize("text", ["", "abc", "1;2", "-5", "99999999999999999999"])
def test_a_file_without_ids_is_refused(api: Api, text: str) -> None:
    answer = create(api, [text])
    assert answer.json()["error"]["code"] == "invalid_file_upload"


def test_the_category_is_video_or_comment(api: Api) -> None:
    assert create(api, [1], "user").json()["error"]["code"] == "invalid_params"


def test_the_wrong_content_type_in_the_documents_own_example_is_accepted(api: Api) -> None:
    good = requests.Request("POST", "http://x/", files={"file_data": "5"}, data={"category": "video"}).prepare()
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}
    answer = requests.post(
        f"{api.mock.url}/v2/research/validation_task/create/", data=good.body, headers=headers, timeout=10
    )
    assert answer.status_code == 200
    assert answer.json()["error"]["message"] == "ok."


def test_an_unknown_task_is_refused(api: Api) -> None:
    assert api.refused("validation_task_status/get", {"task_id": 7})["code"] == "invalid_params"
