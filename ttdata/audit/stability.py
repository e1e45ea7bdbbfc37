"""Repeated passes over a dataset's searches: how stable the API's answers are, search by search.

The pages of each further pass are stored in their own folder, raw/HOST/repeats/PASS/, and are collected like those of
the first: a pass that was stopped continues, a complete pass costs nothing, and no dataset ever contains them.
"""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ttapi.token import ENVIRONMENT_TOKEN
from ttdata.answers.windows import GIVE_UP
from ttdata.api.client import Connect, client
from ttdata.api.mock_server import running_mock_server
from ttdata.build.dataset import build
from ttdata.collect.slices import collect_slice
from ttdata.errors import Fault, NotCollected
from ttdata.files import read_json, write_atomically
from ttdata.plan.budget import OverLimit
from ttdata.plan.plan import Plan
from ttdata.plan.status import status
from ttdata.store.paths import Folder
from ttdata.store.raw_files import stored_lines
from ttdata.store.receipts import Receipt
from ttdata.study.study import MOCK
from ttdata.tables.declared import escaped
from ttdata.tables.files import opened
from ttdata.text import count

FORMAT = 1


class NotComparable(Fault):
    """A dataset has no searches that could be repeated and compared. Nothing was sent; choose another dataset."""


def repeat(
    plan: Plan, name: str, times: int, *, say: Callable[[str], None], connect: Callable[[Plan], Connect] | None = None
) -> None:
    """Collect a built dataset's searches until there are `times` passes, and store how stable they are.

    say: gets the cost, before anything is sent. connect: makes clients for the plan of a pass.
    Raises NotComparable, OverLimit, NotCollected, and what ttapi raises; the same command then continues.
    """
    further = further_passes(plan, name, times)
    with opened(plan.folder.dataset(name)) as con:
        ((digest,),) = con.execute("SELECT digest FROM study").fetchall()
    requests = cost(plan, name, further)
    check_limits(plan, further, requests)
    searches = count(len(plan.dataset(name).slices), "search", "searches")
    say(f"{name}: repeating {searches}, {times} passes in all; this takes at least {count(requests, 'request')}.")
    needs_server = requests and plan.base_url == MOCK and connect is None
    with running_mock_server(plan.folder) if needs_server else nullcontext():
        for pass_ in further:
            if cost(plan, name, [pass_]):
                collect_pass(pass_, name, (connect or _connect)(pass_))
    write(name, compare(name, further, digest), plan.folder)


def further_passes(plan: Plan, name: str, times: int) -> list[Plan]:
    """The plans of the second to the last pass: the searches of a dataset only.

    Raises NotComparable for a dataset without searches, or with random draws.
    """
    dataset = next((each for each in plan.datasets if each.name == name), None)
    if dataset is None:
        available = ", ".join(each.name for each in plan.datasets)
        raise NotComparable(f"The study has no dataset {name}. Available: {available}.")
    if not dataset.slices:
        raise NotComparable(f"The dataset {name} has no search that could be repeated.")
    if dataset.draws:
        raise NotComparable(
            f"The dataset {name} draws at random, so every pass is another sample. See its table strata instead."
        )
    searches = replace(dataset, accounts=(), ids=None, sources=(), terms=())
    return [
        replace(plan, host=f"{plan.host}/repeats/{number}", tenant=_other_tenant(plan, number), datasets=(searches,))
        for number in range(2, times + 1)
    ]


def _other_tenant(plan: Plan, number: int) -> str:
    """The bundled server starts from scratch each time, and varies its answers by organisation."""
    return ",".join(filter(None, [plan.tenant, f"org=pass-{number}"])) if plan.base_url == MOCK else plan.tenant


def cost(plan: Plan, name: str, further: Sequence[Plan]) -> int:
    """The fewest requests that the passes still cost: those of the first pass, minus the stored answers."""
    left = 0
    for pass_ in further:
        for slice_name in plan.dataset(name).slices:
            with suppress(NotCollected):
                if Receipt.read(pass_.raw.receipt("videos", slice_name)).is_finished:
                    continue
            answers = sum(line.good for line in stored_lines(pass_.raw.pages("videos", slice_name)))
            left += max(1, Receipt.read(plan.raw.receipt("videos", slice_name)).least - answers)
    return left


def check_limits(plan: Plan, further: Sequence[Plan], requests: int) -> None:
    """Raise OverLimit if the study's budget does not allow this many more requests."""
    most = plan.limits.requests
    sent = status(plan).sent + sum(status(pass_).sent for pass_ in further)
    if requests and most is not None and sent + requests > most:
        raise OverLimit([f"{sent:,} requests were sent, {requests:,} more are needed; limits.requests is {most:,}."])


def collect_pass(pass_: Plan, name: str, connect: Connect) -> None:
    """Collect one pass. Raises what ttapi raises, and NotCollected if the API fails; every answer is kept."""
    for slice_name in pass_.dataset(name).slices:
        receipt = collect_slice(pass_, pass_.slice(slice_name), connect)
        receipt.write(pass_.raw.receipt("videos", slice_name))
        if not receipt.is_finished:
            raise NotCollected(
                f"{slice_name} is {receipt.state} in this pass. {receipt.evidence} Run the same command again."
            )


def compare(name: str, further: Sequence[Plan], digest: str) -> dict[str, Any]:
    """Compare passes with the built dataset; the result is `stability` of audit.schema.yaml, with all ids."""
    slices: list[dict[str, Any]] = []
    for number, pass_ in enumerate(further, start=2):
        pages = pass_.raw.pages("videos", "").parent
        pages.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=pages) as directory:
            again = Path(directory, "again.duckdb")
            build(pass_, name, again)
            slices += [{"pass": number, **row} for row in _compared(pass_.folder.dataset(name), again)]
    counts = {what: sum(row[what] for row in slices) for what in ("both", "lost", "added", "changed")}
    return {
        "format": FORMAT,
        "digest": digest,
        "passes": len(further) + 1,
        "jaccard": _jaccard(counts),
        **counts,
        "slices": slices,
    }


def _compared(first: Path, again: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        for name, path in (("first", first), ("again", again)):
            con.execute(f"ATTACH '{escaped(path)}' AS {name} (READ_ONLY)")
        con.execute(files(__package__).joinpath("stability.sql").read_text("utf-8"))
        result = con.execute("FROM comparison")
        names = [column[0] for column in result.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        return [{**row, "jaccard": _jaccard(row)} for row in rows]


def _jaccard(counts: dict[str, Any]) -> float:
    """Videos in both passes divided by videos in either; 1 if there are none, because then the passes agree."""
    either = counts["both"] + counts["lost"] + counts["added"]
    return round(counts["both"] / either, 6) if either else 1.0


def write(name: str, result: dict[str, Any], folder: Folder) -> None:
    write_atomically(folder.stability(name), json.dumps(result, indent=1) + "\n")


def stored(name: str, digest: str, folder: Folder) -> dict[str, Any] | None:
    """The stored result for a dataset of this digest, with a few ids of each list; None if there is none."""
    try:
        result: dict[str, Any] = read_json(folder.stability(name))
        if (result["format"], result["digest"]) != (FORMAT, digest):
            return None
        for row in result["slices"]:
            row |= {which: row[which][:3] for which in ("only_first", "only_again")}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return result


def _connect(pass_: Plan) -> Connect:
    """Clients for a pass, which all use one token."""
    os.environ.pop(ENVIRONMENT_TOKEN, None)
    os.environ |= client(pass_, attempts=GIVE_UP).token().to_environment()
    return partial(client, pass_, attempts=GIVE_UP)
