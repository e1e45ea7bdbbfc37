"""Commands that the rules call: plan, collect, rank, missing, assemble, accept. People call plan, too."""

import json
import os
from functools import partial
from pathlib import Path

import click

from ttapi import Answer, Client
from ttdata.api.client import OnAnswer
from ttdata.api.job_secrets import restore
from ttdata.cli.messages import reaching, sentences
from ttdata.cli.options import DATASET, FILE, JSON, PLAN, folder_of, place, resources
from ttdata.errors import EmptySuccess, Unfinished
from ttdata.plan.names import first_round, round_of
from ttdata.plan.plan import Plan
from ttdata.store.barred import Barred
from ttdata.store.builds import OWNER
from ttdata.store.id_files import listed_ids, write_ids
from ttdata.store.paths import Folder
from ttdata.store.receipts import Receipt
from ttdata.study.study import Study
from ttdata.study.templates import STUDY
from ttdata.text import folded


@click.command()
@place
@click.option("--out", type=FILE, help="Write the plan here, for the steps that follow.")
@JSON
def plan(study: Path | None, directory: Path | None, out: Path | None, as_json: bool) -> None:
    """Check STUDY (default: ./config.yaml) and print what it will request and cost. Sends no request."""
    from ttdata.api.clock import clock, today_of
    from ttdata.build.restored import restored
    from ttdata.plan import report
    from ttdata.plan.change import Change
    from ttdata.plan.counting import costs
    from ttdata.plan.due_again import due_again
    from ttdata.plan.reuse import with_stored_windows
    from ttdata.upgrade.upgrade import check_formats

    study = study or Path(STUDY)
    folder = folder_of(study, directory)
    is_filled = study.resolve() == folder.study.resolve()
    with sentences():
        check_formats(folder)
        today = today_of(Study.load(study), folder.clock)
        leave_out = Barred.read(folder).without
        checked = Study.read(study, today=today, is_filled=is_filled, leave_out=leave_out)
        declared = with_stored_windows(Plan.of(checked, folder))
        now = clock(declared, declared.host, folder.clock)
        with restored(declared, now) as plan:
            cost = costs(plan)
            report_of = (plan, cost, Change.of(plan), now().date(), due_again(plan, cost, now()))
        if out:
            plan.write(out)
    print(json.dumps(report.as_json(*report_of)) if as_json else report.table(*report_of))


@click.command()
@PLAN
@click.option("--slice", "slice_name", help="The search to collect.")
@click.option("--dataset", help="Name of the dataset, for a shard.")
@click.option("--source", help="Name of the source, for a shard.")
@click.option("--shard", help="Part of the source, such as 1of4.")
@click.option("--ids", "id_file", type=FILE, help="The items that the source requests.")
@click.option("--receipt", "receipt_file", required=True, type=FILE, help="Where to write the receipt.")
def collect(
    plan_file: Path,
    slice_name: str | None,
    dataset: str | None,
    source: str | None,
    shard: str | None,
    id_file: Path | None,
    receipt_file: Path,
) -> None:
    """Collect one slice or one shard from the API; continues where an earlier run stopped."""
    with sentences(stops_build=True):
        collector = _Collector(Plan.read(plan_file))
        restore(collector.plan.folder)
        with reaching(collector.plan):
            if OWNER in os.environ:
                from ttdata.workflow.module import join

                join(collector.plan)
            if slice_name:
                receipt, title = collector.collect_slice(slice_name, id_file)
            elif dataset and source and shard and id_file:
                receipt, title = collector.collect_shard(dataset, source, shard, id_file)
            else:
                raise click.UsageError("Give --slice, or --dataset, --source, --shard and --ids.")
        collector.print_line(source or "videos", title, receipt)
        if not receipt.is_finished and collector.plan.waiver(source or "videos", receipt.name) is None:
            raise Unfinished(receipt.evidence)
        receipt.write(receipt_file)


class _Collector:
    """Collects one slice or shard, and counts what this run sent."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._records: list[int] = []  # of each answer

    def collect_slice(self, name: str, id_file: Path | None) -> tuple[Receipt, str]:
        """The receipt of a slice, and its title."""
        from ttdata.collect.missing_ids import collect_missing
        from ttdata.collect.slices import collect_slice

        slice_ = self.plan.slice(name)
        draw = next((each.draws[name] for each in self.plan.datasets if name in each.draws), None)
        title = f"{draw.stratum}, draw {draw.number}" if draw else f"{slice_.start} to {slice_.end}"
        if slice_.missing:
            ids = listed_ids(id_file or self.plan.folder.ids(self.plan.owner(name), "videos"))
            receipt = collect_missing(self.plan, slice_, ids, self._connect)
        else:
            receipt = collect_slice(self.plan, slice_, self._connect)
        return receipt, title + _round(name)

    def collect_shard(self, dataset: str, source: str, number: str, id_file: Path) -> tuple[Receipt, str]:
        """The receipt of a shard, and its title."""
        from ttdata.collect.shards import collect_shard

        source_plan = self.plan.dataset(dataset).source(source)
        title = f"{dataset}, part {first_round(number).replace('of', ' of ')}{_round(number)}"
        ids = listed_ids(id_file)
        return collect_shard(self.plan, source_plan, source_plan.shard(number), ids, self._connect), title

    def print_line(self, source: str, title: str, receipt: Receipt) -> None:
        """Print what this run sent, if anything, or that something is missing."""
        if self._records or not receipt.is_finished:
            width = max(len(name) for dataset in self.plan.datasets for name in dataset.source_names)
            numbers = f"{_number(sum(self._records), 'record', 9)} {_number(len(self._records), 'request', 6)}"
            waiver = self.plan.waiver(source, receipt.name)
            state = "" if receipt.is_finished else f"  {receipt.state if waiver is None else 'waived'}"
            # In one write: lines of jobs that run at the same time must not mix.
            click.echo(f"{source:{width}} {title:26} {numbers}{state}".rstrip())

    def _connect(self, on_answer: OnAnswer) -> Client:
        from ttdata.answers.windows import GIVE_UP
        from ttdata.api.client import client
        from ttdata.collect.job import sleep_in_build
        from ttdata.collect.request_limit import RequestLimit
        from ttdata.plan.budget import check_least
        from ttdata.plan.counting import costs

        limit = RequestLimit(self.plan)
        if limit.most is not None:
            check_least(self.plan.limits, costs(self.plan))

        def counted(answer: Answer) -> None:
            self._records.append(len(answer.records))
            on_answer(answer)

        sleep = partial(sleep_in_build, folder=self.plan.folder)
        return client(self.plan, counted, before_request=limit.claim, attempts=GIVE_UP, sleep=sleep)


@click.command()
@PLAN
@DATASET
@click.option("--source", required=True, help="Name of the source.")
@click.option("--out", required=True, type=FILE, help="Where to write them, one per line.")
def rank(plan_file: Path, dataset: str, source: str, out: Path) -> None:
    """List the items that a source requests, from the pages of its parent."""
    from ttdata.build.rank import ranked_ids

    with sentences():
        plan = Plan.read(plan_file)
        write_ids(out, ranked_ids(plan, dataset, source), plan.selection(dataset, source))


@click.command()
@PLAN
@DATASET
@click.option("--out", required=True, type=FILE, help="Where to write them, one per line.")
def missing(plan_file: Path, dataset: str, out: Path) -> None:
    """List the ids of a dataset's list that were not found around the day that they contain."""
    from ttdata.plan.missing import missing_ids

    with sentences():
        plan = Plan.read(plan_file)
        write_ids(out, missing_ids(plan, dataset), plan.selection(dataset, "videos"))


@click.command()
@PLAN
@DATASET
@resources
@click.option("--out", required=True, type=FILE, help="Where to write the dataset.")
@click.argument("labels", nargs=-1, type=FILE)
def assemble(
    plan_file: Path,
    dataset: str,
    threads: int,
    memory: int,
    temporary: Path | None,
    out: Path,
    labels: tuple[Path, ...],
) -> None:
    """Turn the collected pages into one DuckDB file, with the files of its LABELS in the order of the study."""
    from ttdata.build.dataset import build as build_dataset
    from ttdata.collect.zero_guard import set_aside
    from ttdata.tables.files import Resources

    with sentences():
        plan = Plan.read(plan_file)
        try:
            built = build_dataset(plan, dataset, out, Resources(threads, memory, temporary), label_files=labels)
        except EmptySuccess as error:
            for name in error.slices:
                set_aside(plan, name)
            raise
    for sentence in filter(None, [built.removed, *built.labels]):
        click.echo(folded(f"{dataset}: {sentence}"))


@click.command()
@click.argument("report", type=FILE)
def accept(report: Path) -> None:
    """End with status 1 if an audit's REPORT, a .audit.json file, has a fault."""
    from ttdata.audit.report import read_report, refuse_faults

    with sentences():
        refuse_faults(read_report(report), Folder())


def _round(name: str) -> str:
    """The round in a name, unless it is the first."""
    number = round_of(name)
    return f", round {number}" if number > 1 else ""


def _number(number: int, noun: str, width: int) -> str:
    """A number and its noun, with the same width for one and for many."""
    return f"{number:{width},} {noun}{' ' if number == 1 else 's'}"
