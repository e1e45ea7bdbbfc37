"""Datasets collected from a mock server in this process, step by step like the rules, without Snakemake."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mockserver.adapters.requests_mock import BASE_URL, InProcess
from tests.support import FOLDER, MOCK_SECRET
from ttapi import Answer, Client, Credentials
from ttdata.api.client import OnAnswer
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of
from ttdata.build.rank import ranked_ids
from ttdata.collect.missing_ids import collect_missing
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.plan.missing import missing_ids
from ttdata.plan.plan import Plan
from ttdata.store.id_files import write_ids
from ttdata.study.study import Study

OUT = Path("datasets/small.duckdb")
TODAY = date(2026, 6, 1)


def plan_of(dataset: Mapping[str, Any], base: Path = Path()) -> Plan:
    """The plan of a study with this one dataset."""
    study = {"study": "small", "api": {"base_url": BASE_URL}, "datasets": {"small": dict(dataset)}}
    return Plan.of(Study.check(study, today=TODAY, base=base))


@contextmanager
def mock(key: str = "mock") -> Iterator["Collector"]:
    with InProcess() as server:
        yield Collector(key)
        server.assert_all_faults_happened()


class Collector:
    """Collects in the current folder. The client key selects the mock server's world."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.sent = 0

    def connect(self, on_answer: OnAnswer) -> Client:
        def counted(answer: Answer) -> None:
            self.sent += 1
            on_answer(answer)

        credentials = Credentials(self.key, MOCK_SECRET)
        return Client(BASE_URL, credentials=credentials, on_answer=counted, sleep=lambda seconds: None)

    def everything(self, plan: Plan) -> int:
        """Collect all sources of the dataset, as a build does. Returns the number of requests that were sent now."""
        before = self.sent
        self.videos(plan)
        for source in plan.dataset("small").sources:
            ids = ranked_ids(plan, "small", source.source)
            write_ids(FOLDER.ids("small", source.source), ids, plan.selection("small", source.source))
            for shard in source.shards:
                receipt = collect_shard(plan, source, shard, ids, self.connect)
                receipt.write(plan.raw.receipt(source.source, shard.receipt))
        return self.sent - before

    def videos(self, plan: Plan) -> int:
        """Collect all searches of the dataset. Returns the number of requests that they cost."""
        requests = 0
        for slice_ in (slice_ for slice_ in plan.slices if not slice_.missing):
            receipt = collect_slice(plan, slice_, self.connect)
            receipt.write(plan.raw.receipt("videos", slice_.name))
            requests += receipt.requests
        slices_for_missing = [slice_ for slice_ in plan.slices if slice_.missing]
        if slices_for_missing:
            ids = missing_ids(plan, "small")
            write_ids(FOLDER.ids("small", "videos"), ids, plan.selection("small", "videos"))
            for slice_ in slices_for_missing:
                receipt = collect_missing(plan, slice_, ids, self.connect)
                receipt.write(plan.raw.receipt("videos", slice_.name))
                requests += receipt.requests
        return requests


def build_small(plan: Plan) -> Path:
    """Build the dataset in the current folder. Returns its file."""
    build(plan, "small", OUT)
    return OUT


def rows(query: str) -> list[Any]:
    """The result of a query to the built dataset."""
    with duckdb.connect(str(OUT), read_only=True) as con:
        return con.execute(query).fetchall()


def fresh(dataset: Mapping[str, Any], folder: Path, key: str = "mock") -> tuple[int, str]:
    """The same dataset collected in an empty folder: the requests that it costs, and its digest."""
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with mock(key) as collector:
            plan = plan_of(dataset)
            return collector.everything(plan), digest_of(build_small(plan))
