"""Datasets collected from the mock server in process, step by step as the rules do it, without Snakemake."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from mockserver.adapters.requests_mock import BASE_URL, InProcess
from tests.support import FOLDER, MOCK_SECRET
from ttapi import Client, Credentials
from ttdata.api.client import OnAnswer
from ttdata.build.dataset import build
from ttdata.collect.missing_ids import collect_missing, missing_ids
from ttdata.collect.slices import collect_slice
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
    """Collects and builds in the current folder; `key` is the client key, and with it the world."""

    def __init__(self, key: str) -> None:
        self.key = key

    def connect(self, on_answer: OnAnswer) -> Client:
        credentials = Credentials(self.key, MOCK_SECRET)
        return Client(BASE_URL, credentials=credentials, on_answer=on_answer, sleep=lambda seconds: None)

    def videos(self, plan: Plan) -> int:
        """Collect all searches of the dataset; the requests that they cost."""
        requests = 0
        for each in (each for each in plan.slices if not each.missing):
            receipt = collect_slice(plan, each, self.connect)
            receipt.write(plan.raw.receipt("videos", each.name))
            requests += receipt.requests
        again = [each for each in plan.slices if each.missing]
        if again:
            ids = missing_ids(plan, "small")
            write_ids(FOLDER.ids("small", "videos"), ids, plan.selection("small", "videos"))
            for each in again:
                receipt = collect_missing(plan, each, ids, self.connect)
                receipt.write(plan.raw.receipt("videos", each.name))
                requests += receipt.requests
        return requests


def built(plan: Plan) -> Path:
    """Build the dataset in the current folder."""
    build(plan, "small", OUT)
    return OUT


def rows(query: str) -> list[Any]:
    """Ask the dataset that was built."""
    with duckdb.connect(str(OUT), read_only=True) as con:
        return con.execute(query).fetchall()
