"""One study, from its file to its datasets, in this process: the steps that the rules run as jobs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ttapi import Answer, Client
from ttdata.answers.windows import GIVE_UP
from ttdata.api.client import OnAnswer, client
from ttdata.api.clock import clock, remember, today_of
from ttdata.api.mock_server import running_mock_server
from ttdata.build.dataset import build
from ttdata.build.rank import ranked_ids
from ttdata.collect.canary import request_canary
from ttdata.collect.missing_ids import collect_missing
from ttdata.collect.shards import collect_shard
from ttdata.collect.slices import collect_slice
from ttdata.errors import Fault, Unfinished
from ttdata.plan.missing import missing_ids
from ttdata.plan.model import DatasetPlan, Slice
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import current, note_calendars
from ttdata.store.id_files import write_ids
from ttdata.store.paths import Folder
from ttdata.store.receipts import Receipt
from ttdata.study.study import MOCK, Study

# A user's own credentials and servers have no part in this.
_NOT_USED = ("TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TIKTOK_ACCESS_TOKEN", "TTDATA_MOCK_URL", "TTAPI_LEDGER")


class NotInvented(Fault):
    """A study names another API than the bundled mock server. Build it with `ttdata build`."""


def build_study(study: Path, folder: Folder) -> tuple[Plan, int]:
    """Collect and build a study in a folder. Returns its plan, and the number of requests that were sent now.

    What is there is not requested again. Raises NotInvented, Unfinished, and what the steps raise.
    """
    today = today_of(Study.load(study), folder.clock)
    declared = Plan.of(Study.read(study, today=today), folder)
    if declared.base_url != MOCK:
        raise NotInvented(f"{study} does not name the bundled mock server. Build it with: ttdata build {study}")
    note_calendars(declared)
    plan = current(declared, clock(declared, declared.host, folder.clock))
    plan.write(folder.plan)
    with _server(folder):
        collection = _Collection(plan)
        collection.start()
        for dataset in plan.datasets:
            collection.collect(dataset)
            labels = [study.parent / each.file for each in dataset.labels]
            build(plan, dataset.name, folder.dataset(dataset.name), label_files=labels)
    return plan, collection.sent


@contextmanager
def _server(folder: Folder) -> Iterator[None]:
    """The bundled server in the environment, which is restored afterwards."""
    before = {name: value for name, value in os.environ.items() if name in _NOT_USED}
    for name in before:
        del os.environ[name]
    try:
        with running_mock_server(folder):
            yield
    finally:
        for name in _NOT_USED:
            os.environ.pop(name, None)
        os.environ |= before


class _Collection:
    """Collects what a plan names, in the order of its sources."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.sent = 0

    def start(self) -> None:
        """Get one token for all requests, learn the server's time, and request the canary."""
        first = client(self._plan)
        os.environ |= first.token().to_environment()
        remember(first, self._plan.host, self._plan.folder.clock)
        if self._plan.canary:
            request_canary(self._plan, self._plan.canary, self._connect)

    def collect(self, dataset: DatasetPlan) -> None:
        plan, folder = self._plan, self._plan.folder
        slices = [plan.slice(name) for name in dataset.slices]
        for slice_ in (each for each in slices if not each.missing):
            self._keep("videos", slice_.name, collect_slice(plan, slice_, self._connect))
        for slice_ in (each for each in slices if each.missing):
            self._keep("videos", slice_.name, self._missing(dataset, slice_))
        for source in dataset.sources:
            ids = ranked_ids(plan, dataset.name, source.source)
            write_ids(folder.ids(dataset.name, source.source), ids, plan.selection(dataset.name, source.source))
            for shard in source.shards:
                self._keep(source.source, shard.receipt, collect_shard(plan, source, shard, ids, self._connect))

    def _missing(self, dataset: DatasetPlan, slice_: Slice) -> Receipt:
        plan = self._plan
        ids = missing_ids(plan, dataset.name)
        write_ids(plan.folder.ids(dataset.name, "videos"), ids, plan.selection(dataset.name, "videos"))
        return collect_missing(plan, slice_, ids, self._connect)

    def _keep(self, source: str, name: str, receipt: Receipt) -> None:
        """Write the receipt of a slice or shard. Raises Unfinished."""
        if not receipt.is_finished and self._plan.waiver(source, name) is None:
            raise Unfinished(receipt.evidence)
        receipt.write(self._plan.raw.receipt(source, name))

    def _connect(self, on_answer: OnAnswer) -> Client:
        def counted(answer: Answer) -> None:
            self.sent += 1
            on_answer(answer)

        return client(self._plan, counted, attempts=GIVE_UP)
