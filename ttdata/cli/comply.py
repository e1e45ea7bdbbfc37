"""The command `refresh`: which collected records are still available."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import click

from ttapi import Client
from ttdata.api.client import Connect, OnAnswer
from ttdata.api.job_secrets import restore
from ttdata.cli.messages import reaching, sentences
from ttdata.cli.options import FILE, JSON
from ttdata.plan.plan import Plan
from ttdata.store import builds
from ttdata.store.paths import Folder
from ttdata.text import folded

_STATUS = "Exit status: 0 done, or nothing is due; 75 run the same command again later; 1 look at the message."


@click.command(epilog=_STATUS)
@click.argument("dataset", required=False)
@click.option("--early", is_flag=True, help="Refresh although nothing is due, for example to confirm a loss.")
@click.option("--directory", type=FILE, default=Path(), help="Where the study was built. Default: here.")
@JSON
def refresh(dataset: str | None, early: bool, directory: Path, as_json: bool) -> None:
    """Check which records of DATASET are still available, if that is due by the study's terms.

    Without DATASET, all datasets of the study. Prints the cost first. Stop it at any time: the same command continues.
    It deletes nothing: it reports who disappeared, in counts, and lists the ids that are gone.
    """
    folder = Folder(directory)
    tell: Callable[[str], None] = (lambda text: None) if as_json else (lambda text: print(folded(text), flush=True))
    from ttdata.comply.purge.journal import refuse_during_purge

    with sentences(folder, stops_build=bool(builds.this_build())):
        refuse_during_purge(folder)
        plan = Plan.read(folder.plan, folder)
        restore(folder)
        names = _chosen(plan, dataset)
        waiting = [name for name in names if _is_waiting(plan, name, early, tell)]
        results = _refresh(plan, waiting, tell) if waiting else []
        for name in set(names) - set(waiting):
            _write_state(plan, name)
    if as_json:
        print(json.dumps({"refreshed": results}))


def _chosen(plan: Plan, dataset: str | None) -> list[str]:
    from ttdata.errors import NotCollected
    from ttdata.text import did_you_mean

    names = [each.name for each in plan.datasets]
    if dataset is not None and dataset not in names:
        raise NotCollected(
            f"The study has no dataset {dataset!r}.{did_you_mean(dataset, names)} Datasets: {', '.join(names)}."
        )
    return [dataset] if dataset else names


def _is_waiting(plan: Plan, name: str, early: bool, tell: Callable[[str], None]) -> bool:
    """Whether a dataset is to be refreshed now. Tells why not."""
    from ttdata.comply.due import due
    from ttdata.comply.refresh import built, unfinished

    if unfinished(plan, name):
        return True
    state = due(built(plan, name), plan.folder)
    if state.is_overdue or early:
        return True
    tell(f"{state} Nothing was sent.")
    return False


def _refresh(plan: Plan, names: Sequence[str], tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Refresh datasets, one after the other. Returns their reports."""
    from ttdata.api.mock_server import running_mock_server
    from ttdata.collect.job import sleep_in_build
    from ttdata.comply.refresh import refresh as refresh_dataset
    from ttdata.comply.report import text
    from ttdata.study.study import MOCK

    results = []
    sleep = partial(sleep_in_build, folder=plan.folder)
    with _holding(plan.folder), running_mock_server(plan.folder) if plan.base_url == MOCK else nullcontext():
        connect = _connect(plan)
        for name in names:
            with reaching(plan):
                done = refresh_dataset(plan, name, connect, sleep=sleep, say=tell)
            results.append(done.report)
            tell(f"\n{text(done.report)}\nThis page: {plan.folder.loss_page(name)}")
            if done.next_step:
                tell(done.next_step)
    return results


@contextmanager
def _holding(folder: Folder) -> Iterator[None]:
    """Keep builds and other refreshes out of the folder, unless this is a job of a build."""
    if builds.this_build():
        yield
        return
    from ttdata.cli.holding import held

    with held(folder):
        # Those of an earlier command: the failures in it say nothing about the API today.
        folder.events.unlink(missing_ok=True)
        yield


def _connect(plan: Plan) -> Connect:
    """Clients that count every request against the quota and `limits.requests`. Learns the API's clock."""
    from ttdata.answers.windows import GIVE_UP
    from ttdata.api.client import client
    from ttdata.api.clock import remember
    from ttdata.collect.job import sleep_in_build
    from ttdata.collect.request_limit import RequestLimit

    limit = RequestLimit(plan)

    def connect(on_answer: OnAnswer) -> Client:
        sleep = partial(sleep_in_build, folder=plan.folder)
        made = client(plan, on_answer, before_request=limit.claim, attempts=GIVE_UP, sleep=sleep)
        made.token()
        remember(made, plan.host, plan.folder.clock)
        return made

    return connect


def _write_state(plan: Plan, name: str) -> None:
    """Make sure that there is a report, as the workflow expects, although nothing was due."""
    from ttdata.comply.refresh import write_state

    write_state(plan, name)
