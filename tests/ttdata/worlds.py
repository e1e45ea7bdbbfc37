"""Whole datasets built in this process from worlds of the mock server, without sockets, Snakemake or waiting."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from mockserver.adapters.requests_mock import BASE_URL, InProcess
from mockserver.core import Core, Request, Response
from tests.support import FOLDER
from ttapi import Client, Credentials, Ledger
from ttdata.api.client import OnAnswer
from ttdata.build.dataset import build
from ttdata.build.rank import ranked_ids
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.plan.model import Shard, Slice, SourcePlan
from ttdata.plan.plan import Plan
from ttdata.store.id_files import write_ids
from ttdata.study.study import Study

Edit = Callable[[str, dict[str, Any], dict[str, Any]], None]
"""Changes the data of a good answer. Arguments: the path, the body of the request, and the data."""


class EditedCore(Core):
    """A mock server whose good answers a test can edit, for faults that no quirk produces."""

    def __init__(self, edit: Edit | None = None) -> None:
        super().__init__()
        self._edit = edit

    def handle(self, request: Request) -> Response:
        response = super().handle(request)
        if self._edit and "/research/" in request.path and response.status == 200:
            answer = json.loads(response.body)
            self._edit(request.path, json.loads(request.body), answer["data"])
            response = replace(response, body=json.dumps(answer).encode())
        return response


@contextmanager
def mock_tenant(
    settings: str = "", edit: Edit | None = None, core: Core | None = None
) -> Iterator[Callable[[OnAnswer], Client]]:
    """A function that makes clients of one mock tenant, with settings such as "seed=3,quirks=flicker"."""
    ledger = Ledger(":memory:", limits={"general": 1_000_000, "follow": 1_000_000})
    credentials = Credentials(f"mock:quota=1000000,{settings}", "mock-secret")
    callbacks: list[OnAnswer] = []
    with InProcess(core or EditedCore(edit)):
        # One client, so that the order of all answers is certain; each has an idea of its own of the server's time.
        client = Client(
            BASE_URL,
            credentials=credentials,
            ledger=ledger,
            on_answer=lambda answer: callbacks[-1](answer),
            sleep=lambda _: None,
        )

        def connect(on_answer: OnAnswer) -> Client:
            callbacks.append(on_answer)
            return client

        yield connect


def collect_study(study: dict[str, Any], connect: Callable[[OnAnswer], Client], streams: int = 1) -> Plan:
    """Collect everything that a study with one dataset declares, in the current folder. Returns its plan."""
    plan = Plan.of(Study.check(study, today=date(2026, 11, 1)))

    def search(slice_: Slice) -> None:
        collect_slice(plan, slice_, connect).write(plan.raw.receipt("videos", slice_.name))

    with ThreadPoolExecutor(streams) as pool:
        run = pool.map if streams > 1 else map
        list(run(search, plan.slices))
        (dataset,) = plan.datasets
        for source in dataset.sources:
            ids = ranked_ids(plan, dataset.name, source.source)
            write_ids(FOLDER.ids(dataset.name, source.source), ids, plan.selection(dataset.name, source.source))

            def request(shard: Shard, source: SourcePlan = source, ids: list[str] = ids) -> None:
                receipt = collect_shard(plan, source, shard, ids, connect)
                receipt.write(plan.raw.receipt(source.source, shard.receipt))

            list(run(request, source.shards))
    return plan


def build_study(study: dict[str, Any], settings: str = "", edit: Edit | None = None) -> Path:
    """Collect and build the dataset of a study in the current folder. Returns its file."""
    with mock_tenant(settings, edit) as connect:
        plan = collect_study(study, connect)
    (dataset,) = plan.datasets
    out = FOLDER.dataset(dataset.name)
    build(plan, dataset.name, out)
    return out
