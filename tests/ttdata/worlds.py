"""Whole datasets built in the process from worlds of the mock server: no socket, no Snakemake, no waiting."""

import json
from collections.abc import Callable, Iterator
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
from ttdata.plan.plan import Plan
from ttdata.store.id_files import write_ids
from ttdata.study.study import Study

Edit = Callable[[str, dict[str, Any], dict[str, Any]], None]
"""Changes the data of a good answer: given the path, the body of the request, and the data."""


class Doctored(Core):
    """A server whose good answers a test may change, for what the mock has no quirk for."""

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
def connected(settings: str = "", edit: Edit | None = None) -> Iterator[Callable[[OnAnswer], Client]]:
    """A way to make clients of one mock tenant, such as "seed=3,quirks=flicker"."""
    ledger = Ledger(":memory:", limits={"general": 1_000_000, "follow": 1_000_000})
    credentials = Credentials(f"mock:quota=1000000,{settings}", "mock-secret")
    with InProcess(Doctored(edit)):

        def connect(on_answer: OnAnswer) -> Client:
            return Client(BASE_URL, credentials=credentials, ledger=ledger, on_answer=on_answer, sleep=lambda _: None)

        yield connect


def collected(study: dict[str, Any], connect: Callable[[OnAnswer], Client]) -> Plan:
    """Ask for all that a study of one dataset declares, below the current folder."""
    plan = Plan.of(Study.check(study, today=date(2026, 11, 1)))
    for each in plan.slices:
        collect_slice(plan, each, connect).write(plan.raw.receipt("videos", each.name))
    (dataset,) = plan.datasets
    for step in dataset.sources:
        ids = ranked_ids(plan, dataset.name, step.source)
        write_ids(FOLDER.ids(dataset.name, step.source), ids, plan.selection(dataset.name, step.source))
        for shard in step.shards:
            receipt = collect_shard(plan, step, shard, ids, connect)
            receipt.write(plan.raw.receipt(step.source, shard.receipt))
    return plan


def built(study: dict[str, Any], settings: str = "", edit: Edit | None = None) -> Path:
    """The dataset of a study, built below the current folder."""
    with connected(settings, edit) as connect:
        plan = collected(study, connect)
    (dataset,) = plan.datasets
    out = FOLDER.dataset(dataset.name)
    build(plan, dataset.name, out)
    return out
