"""A small study over rows of our own, some of which the mock server removes after two weeks: the truth is known."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockserver.adapters.mock import Mock
from mockserver.adapters.requests_mock import BASE_URL, InProcess
from tests.support import FOLDER, MOCK_SECRET, journal
from tests.ttdata.with_mock import TODAY
from ttapi import Answer, Client, Credentials, Ledger
from ttdata.api.client import OnAnswer
from ttdata.build.dataset import build
from ttdata.build.rank import ranked_ids
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.comply.refresh import Done, refresh
from ttdata.plan.plan import Plan
from ttdata.store.id_files import write_ids
from ttdata.study.study import Study

NAME = "recent"
KEY = "mock:quota=100000"
VIDEOS, COMMENTS, ACCOUNTS = 200, 400, 20
# The fifth of each hundred videos, and three of each hundred comments.
IS_VIDEO_REMOVED = {number for number in range(VIDEOS) if number % 20 == 7}
IS_COMMENT_REMOVED = {number for number in range(COMMENTS) if number % 100 in (11, 45, 83)}
REMOVED_AT = "2026-06-10"
BACK = "2026-07-10"


def rows(
    *,
    videos: set[int] = IS_VIDEO_REMOVED,
    comments: set[int] = IS_COMMENT_REMOVED,
    missing: tuple[int, ...] = (),
) -> dict[str, Any]:
    """The rows of the mock server. Comments are under videos that stay. missing: accounts that do not exist."""
    stays = [number for number in range(VIDEOS) if number not in IS_VIDEO_REMOVED]
    texts: dict[int, list[dict[str, Any]]] = {number: [] for number in range(VIDEOS)}
    for number in range(COMMENTS):
        comment = {"text": f"comment {number}", "create_time": "2026-05-02", "like_count": number}
        comment |= {"removed_at": REMOVED_AT} if number in comments else {}
        texts[stays[number % len(stays)]].append(comment)
    posts = [
        {
            "create_time": f"2026-05-{1 + number % 9:02}T00:{number // 9:02}:00Z",
            "video_description": "a #plantedtag",
            "region_code": "ES",
            "comments": texts[number],
            "comment_count": len(texts[number]),
        }
        | ({"removed_at": REMOVED_AT} if number in videos else {})
        for number in range(VIDEOS)
    ]
    return {
        "users": [
            {"username": f"account_of_test{number}", "follower_count": 10 ** (number % 6), "missing": number in missing}
            | {"videos": posts[number::ACCOUNTS]}
            for number in range(ACCOUNTS)
        ]
    }


def study(**changes: Any) -> dict[str, Any]:
    return {
        "study": "recent",
        "api": {"base_url": BASE_URL},
        "terms": {"refresh_days": 15, "version": "2026-01-22"},
        "datasets": {
            NAME: {
                "videos": {"where": {"any": [{"hashtag_name": "plantedtag"}]}, "during": ["2026-05-01", "2026-05-20"]},
                "comments": {"of": "videos"},
                "users": {"of": "videos"},
            }
        },
    } | changes


def plan_of(**changes: Any) -> Plan:
    return Plan.of(Study.check(study(**changes), today=TODAY))


class Lab:
    """Collects, builds and refreshes in the current folder, as the commands do."""

    def __init__(self, server: Mock, plan: Plan) -> None:
        self.server, self.plan = server, plan
        self.ledger = Ledger(":memory:", limits={"general": 100_000, "follow": 100_000})
        self.answers: list[Answer] = []
        self.most: int | None = None  # answers after which the process is killed

    def connect(self, on_answer: OnAnswer) -> Client:
        def noted(answer: Answer) -> None:
            self.answers.append(answer)
            on_answer(answer)
            if self.most is not None and len(self.answers) >= self.most:
                raise Killed

        credentials = Credentials(KEY, MOCK_SECRET)
        return Client(BASE_URL, credentials=credentials, on_answer=noted, ledger=self.ledger, sleep=self.server.sleep)

    def build(self, label_files: Sequence[Path] = ()) -> None:
        """Collect everything and build the dataset."""
        (dataset,) = self.plan.datasets
        for slice_ in self.plan.slices:
            receipt = collect_slice(self.plan, slice_, self.connect)
            receipt.write(self.plan.raw.receipt("videos", slice_.name))
        for source in dataset.sources:
            ids = ranked_ids(self.plan, NAME, source.source)
            write_ids(FOLDER.ids(NAME, source.source), ids, self.plan.selection(NAME, source.source))
            for shard in source.shards:
                receipt = collect_shard(self.plan, source, shard, ids, self.connect)
                receipt.write(self.plan.raw.receipt(source.source, shard.receipt))
        build(self.plan, NAME, FOLDER.dataset(NAME), label_files=label_files)
        self.plan.write(FOLDER.plan)

    def refresh(self, batch: int = 10_000) -> Done:
        return refresh(self.plan, NAME, self.connect, sleep=self.server.sleep, say=lambda text: None, batch=batch)

    def sent(self, endpoint: str) -> list[Answer]:
        return [answer for answer in self.answers if answer.endpoint == endpoint]


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


@contextmanager
def served(rows_: dict[str, Any] | None = None, **changes: Any) -> Iterator[Lab]:
    """A laboratory on 1 June 2026. `changes` replace keys of the study."""
    with InProcess() as server:
        server.client_key = KEY
        server.set_rows(rows_ or rows())
        yield Lab(server, plan_of(**changes))


def gone(at: str = "2026-06-16") -> dict[str, list[str]]:
    """What a refresh has recorded as gone."""
    content: dict[str, list[str]] = json.loads(Path("refresh", NAME, at, "gone.json").read_text())
    return content


def submitted(path: Path) -> list[str]:
    """The ids in all tasks that a raw file has, in order."""
    return [
        word
        for line in journal(path)
        if line["endpoint"] == "compliance.create" and line["code"] == "ok"
        for word in line["request"]["file_data"].split()
    ]
