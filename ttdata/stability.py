"""Asking a dataset's searches again: how stable the API's answers are, search by search.

The pages of each further pass lie in a place of their own, raw/HOST/repeats/PASS/, and are asked for as those of the
first: a pass that was stopped goes on, a pass that is there costs nothing, and no dataset ever holds them.
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
from ttdata import api, layout
from ttdata.build import build
from ttdata.bundled import bundled
from ttdata.collect import Connect, collect_slice
from ttdata.errors import Fault, NotCollected
from ttdata.files import write_atomically
from ttdata.limits import OverLimit
from ttdata.plan import Plan
from ttdata.progress import progress
from ttdata.rawfile import stored_lines
from ttdata.receipt import Receipt
from ttdata.study import MOCK
from ttdata.tables.declared import escaped
from ttdata.tables.files import opened

FORMAT = 1


class NotComparable(Fault):
    """A dataset has no searches that could be asked again and compared. Nothing was sent; choose another dataset."""


def passes(plan: Plan, name: str, times: int) -> list[Plan]:
    """The plans of the second to the last pass: the searches of a dataset, and no more.

    Raises NotComparable for a dataset without searches, or with random draws.
    """
    wanted = next((each for each in plan.datasets if each.name == name), None)
    if wanted is None:
        raise NotComparable(f"The study has no dataset {name}. It has: {', '.join(d.name for d in plan.datasets)}.")
    if not wanted.slices:
        raise NotComparable(f"The dataset {name} has no search that could be asked again.")
    if wanted.draws:
        raise NotComparable(
            f"The dataset {name} draws at random: every pass is another sample. Its table of strata tells more."
        )
    searches = replace(wanted, accounts=(), steps=(), listed=None, terms=())
    return [
        replace(plan, host=f"{plan.host}/repeats/{number}", tenant=_elsewhere(plan, number), datasets=(searches,))
        for number in range(2, times + 1)
    ]


def _elsewhere(plan: Plan, number: int) -> str:
    """The bundled server starts anew each time; as another organisation, it meets other whims of the same world."""
    return ",".join(filter(None, [plan.tenant, f"org=pass-{number}"])) if plan.base_url == MOCK else plan.tenant


def cost(plan: Plan, name: str, further: Sequence[Plan]) -> int:
    """How many requests the passes will cost at least: the fewest of the first pass, less what is there already."""
    left = 0
    for each in further:
        for part in plan.dataset(name).slices:
            with suppress(NotCollected):
                if Receipt.read(each.layout.receipt("videos", part)).is_finished:
                    continue
            there = sum(line.good for line in stored_lines(each.layout.raw("videos", part)))
            left += max(1, Receipt.read(plan.layout.receipt("videos", part)).least - there)
    return left


def check_limits(plan: Plan, further: Sequence[Plan], more: int) -> None:
    """Raise OverLimit if the study's budget does not allow so many more requests."""
    most = plan.limits.requests
    sent = progress(plan).sent + sum(progress(each).sent for each in further)
    if more and most is not None and sent + more > most:
        raise OverLimit([f"{sent:,} requests are sent, {more:,} more are needed; limits.requests allows {most:,}."])


def ask(each: Plan, name: str, connect: Connect) -> None:
    """Ask for one pass. Raises what ttapi raises, and NotCollected if the API fails; every answer is kept."""
    for part in each.dataset(name).slices:
        receipt = collect_slice(each, each.slice(part), connect)
        receipt.write(each.layout.receipt("videos", part))
        if not receipt.is_finished:
            raise NotCollected(f"{part} is {receipt.state} this time. {receipt.evidence} Run the same command again.")


def compare(name: str, further: Sequence[Plan], digest: str) -> dict[str, Any]:
    """Compare passes with the built dataset; the form is that of `stability` in audit.schema.yaml, with all ids."""
    slices: list[dict[str, Any]] = []
    for number, each in enumerate(further, start=2):
        with TemporaryDirectory(dir=_place(each)) as folder:
            made = Path(folder, "again.duckdb")
            build(each, name, made)
            slices += [{"pass": number, **row} for row in _compared(layout.dataset(name), made)]
    counted = {what: sum(row[what] for row in slices) for what in ("both", "lost", "added", "changed")}
    return {
        "format": FORMAT,
        "digest": digest,
        "passes": len(further) + 1,
        "jaccard": _jaccard(counted),
        **counted,
        "slices": slices,
    }


def _place(each: Plan) -> Path:
    place = each.layout.raw("videos", "").parent
    place.mkdir(parents=True, exist_ok=True)
    return place


def _compared(first: Path, again: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        for name, path in (("first", first), ("again", again)):
            con.execute(f"ATTACH '{escaped(path)}' AS {name} (READ_ONLY)")
        con.execute(files("ttdata").joinpath("stability.sql").read_text("utf-8"))
        found = con.execute("FROM told")
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return [{**row, "jaccard": _jaccard(row)} for row in rows]


def _jaccard(counted: dict[str, Any]) -> float:
    """Videos in both of all in either; 1 if there is none, since then the passes agree."""
    either = counted["both"] + counted["lost"] + counted["added"]
    return round(counted["both"] / either, 6) if either else 1.0


def write(name: str, told: dict[str, Any]) -> None:
    write_atomically(layout.stability(name), json.dumps(told, indent=1) + "\n")


def known(name: str, digest: str) -> dict[str, Any] | None:
    """What asking again has shown of a dataset of this digest, with a few ids of each list; None if nothing."""
    try:
        told: dict[str, Any] = json.loads(layout.stability(name).read_text("utf-8"))
        if (told["format"], told["digest"]) != (FORMAT, digest):
            return None
        for row in told["slices"]:
            row |= {which: row[which][:3] for which in ("only_first", "only_again")}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return told


def repeat(
    plan: Plan, name: str, times: int, *, say: Callable[[str], None], connect: Callable[[Plan], Connect] | None = None
) -> None:
    """Ask a built dataset's searches until they were asked so often in all, and write down how stable they are.

    say: is told what it will cost, before anything is sent. connect: makes clients for the plan of a pass.
    Raises NotComparable, OverLimit, NotCollected, and what ttapi raises; the same command then goes on.
    """
    further = passes(plan, name, times)
    with opened(layout.dataset(name)) as con:
        ((digest,),) = con.execute("SELECT digest FROM study").fetchall()
    more = cost(plan, name, further)
    check_limits(plan, further, more)
    searches = f"{len(plan.dataset(name).slices):,} searches"
    say(f"{name}: {searches} are asked again, {times} passes in all; at least {more:,} requests are left.")
    with bundled() if more and plan.base_url == MOCK and connect is None else nullcontext():
        for each in further:
            if cost(plan, name, [each]):
                ask(each, name, (connect or _connect)(each))
    write(name, compare(name, further, digest))


def _connect(each: Plan) -> Connect:
    """One token serves a pass."""
    os.environ.pop(ENVIRONMENT_TOKEN, None)
    os.environ |= api.client(each).token().to_environment()
    return partial(api.client, each)
