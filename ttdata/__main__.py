"""The command line: every step of a build by itself, and what to ask of a finished one."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from ttapi import Answer, Client, QuotaExhausted, TikTokError
from ttdata import api, layout
from ttdata.asking import EXIT_WITH, BuildStopped
from ttdata.errors import Fault, NotDue, Unfinished
from ttdata.ids import read_ids, write_ids
from ttdata.plan import Plan
from ttdata.stop import TEMPORARY_FAILURE, Stop
from ttdata.study import MOCK, Study
from ttdata.text import folded, say

PLAN = click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path),
    default=layout.PLAN,
    show_default=True,
    help="The plan.",
)
DATASET = click.option("--dataset", required=True, help="Name of the dataset.")
FILE = click.Path(path_type=Path)
DIRECTORY = click.option("--directory", type=FILE, default=".", show_default=True, help="Where the study is built.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ttdata")
def main() -> None:
    """Datasets from TikTok's Research API, declared in a study and built by Snakemake.

    A build runs these steps by itself (`make`, or `snakemake`); each can be run alone.
    """


@main.command()
@click.argument("template", required=False)
@click.option("--directory", type=FILE, help="The folder to make; named like the template unless given.")
def init(template: str | None, directory: Path | None) -> None:
    """Begin a study of your own from TEMPLATE; without one, list the templates."""
    from ttdata.templates import begin, templates

    if template is None:
        for name, about in templates().items():
            print(f"{name:24}{about}")
        return
    folder = directory or Path(template)
    with _told():
        made = begin(template, folder)
    print("\n".join(["Made", *(f"  {path}" for path in made), "", "Next:"]))
    print(f"  edit it     {made[0]}")
    print(f"  price it    python -m ttdata plan {made[0]}")
    print(f"  build it    snakemake --directory {folder}")


@main.command()
@click.argument("study", type=FILE)
@click.option("--out", type=FILE, help="Write the plan here, for the steps that follow.")
@DIRECTORY
@click.option("--json", "for_scripts", is_flag=True, help="As a JSON object, for scripts.")
def plan(study: Path, out: Path | None, directory: Path, for_scripts: bool) -> None:
    """Check STUDY and say what it will ask for and cost. Sends no request."""
    from ttdata import apiclock, rounds
    from ttdata.cost import costs
    from ttdata.forecast import Change, as_json, table
    from ttdata.outlook import refreshes

    with _told():
        asked = Plan.of(Study.read(study, today=datetime.now(UTC).date()))
        written = out and out.absolute()
        os.chdir(directory)
        clock = apiclock.clock(asked, asked.host)
        made = rounds.current(asked, clock)
        estimate = costs(made)
        told = (made, estimate, Change.of(made), clock().date(), refreshes(made, estimate, clock()))
        if written:
            made.write(written)
    print(json.dumps(as_json(*told)) if for_scripts else table(*told))


@main.command()
@PLAN
@click.option("--slice", "slice_name", help="The search to ask for.")
@click.option("--dataset", help="Name of the dataset, for a shard.")
@click.option("--source", help="Chained source, for a shard.")
@click.option("--shard", help="Part of the source, such as 1of4.")
@click.option("--ids", "id_file", type=FILE, help="The ids that the source asks about.")
@click.option("--receipt", required=True, type=FILE, help="Where to state what was collected.")
def collect(
    plan_file: Path,
    slice_name: str | None,
    dataset: str | None,
    source: str | None,
    shard: str | None,
    id_file: Path | None,
    receipt: Path,
) -> None:
    """Ask the API for one slice or one shard; goes on where an earlier run stopped."""
    from ttdata import collect as collecting
    from ttdata.cost import costs
    from ttdata.second_look import collect_missing

    with _told(stops_build=True):
        made = Plan.read(plan_file)
        sent: list[int] = []

        def connect(on_answer: collecting.OnAnswer) -> Client:
            if made.limits.requests:
                made.limits.check_least(costs(made))

            def noted(answer: Answer) -> None:
                sent.append(len(answer.records))
                on_answer(answer)

            return api.client(made, noted)

        if slice_name:
            wanted = made.slice(slice_name)
            draw = next((each.draws[slice_name] for each in made.datasets if slice_name in each.draws), None)
            title = f"{draw.stratum}, draw {draw.number}" if draw else f"{wanted.start} to {wanted.end}"
            title += _again(wanted.name)
            if wanted.second_look:
                ids = read_ids(id_file or layout.ids(made.owner(slice_name), "videos"))
                collected = collect_missing(made, wanted, ids, connect)
            else:
                collected = collecting.collect_slice(made, wanted, connect)
        elif dataset and source and shard and id_file:
            step = made.dataset(dataset).step(source)
            title = f"{dataset}, part {layout.first_round(shard).replace('of', ' of ')}{_again(shard)}"
            collected = collecting.collect_shard(made, step, step.shard(shard), read_ids(id_file), connect)
        else:
            raise click.UsageError("Give --slice, or --dataset, --source, --shard and --ids.")
        asked = source or "videos"
        if sent or not collected.is_finished:
            width = max(len(name) for each in made.datasets for name in each.sources)
            told = f"{_of(sum(sent), 'record', 9)} {_of(len(sent), 'request', 6)}"
            state = "" if collected.is_finished else f"  {collected.state}"
            # In one write: lines of jobs that run side by side must not mix.
            click.echo(f"{asked:{width}} {title:26} {told}{state}")
        if not collected.is_finished and made.waiver(asked, collected.name) is None:
            raise Unfinished(collected.evidence)
        collected.write(receipt)


@main.command()
@PLAN
@DATASET
@click.option("--source", required=True, help="Chained source whose ids are wanted.")
@click.option("--out", required=True, type=FILE, help="Where to write them, one a line.")
def rank(plan_file: Path, dataset: str, source: str, out: Path) -> None:
    """List the ids that a chained source asks about, from the pages of its parent."""
    from ttdata.build import ranked_ids

    with _told():
        made = Plan.read(plan_file)
        write_ids(out, ranked_ids(made, dataset, source), made.selection(dataset, source))


@main.command()
@PLAN
@DATASET
@click.option("--out", required=True, type=FILE, help="Where to write them, one a line.")
def missing(plan_file: Path, dataset: str, out: Path) -> None:
    """List the ids of a dataset's list that were not found on the day that stands in them."""
    from ttdata.second_look import missing_ids

    with _told():
        made = Plan.read(plan_file)
        write_ids(out, missing_ids(made, dataset), made.selection(dataset, "videos"))


@main.command()
@PLAN
@DATASET
@click.option("--threads", default=2, show_default=True, help="Threads for DuckDB; the digest is the same.")
@click.option("--out", required=True, type=FILE, help="Where to write the dataset.")
def build(plan_file: Path, dataset: str, threads: int, out: Path) -> None:
    """Turn the collected pages into one DuckDB file."""
    from ttdata.build import build as build_dataset

    with _told():
        build_dataset(Plan.read(plan_file), dataset, out, threads=threads)


@main.command()
@click.argument("dataset", type=FILE)
def digest(dataset: Path) -> None:
    """Print the content digest of DATASET, a .duckdb file: equal data, equal digest."""
    from ttdata.digest import digest_of

    with _told():
        print(digest_of(dataset))


@main.command()
@click.argument("dataset", type=FILE)
@click.argument("record")
def explain(dataset: Path, record: str) -> None:
    """Say which request brought RECORD (an id, or an account's handle) into DATASET, a .duckdb file."""
    from ttdata.explain import explain as explained

    with _told():
        print(explained(dataset, record))


@main.command()
@PLAN
@click.option("--dataset", help="Name of the dataset; all of the study unless given.")
@click.option(
    "--repeat",
    type=click.IntRange(min=2),
    help="Ask the searches again until they were asked so often in all, and say how stable the results are. "
    "Each pass costs as many requests as the first.",
)
@click.option("--quiet", is_flag=True, help="Print one line, and that only if there is something to report.")
def audit(plan_file: Path, dataset: str | None, repeat: int | None, quiet: bool) -> None:
    """Check built datasets: what was asked against what came. Sends no request, unless asked to repeat.

    Writes reports/NAME.html for people and reports/NAME.audit.json for programs.
    """
    from ttdata import report, stability

    with _told():
        plan = Plan.read(plan_file)
        for name in [dataset] if dataset else [each.name for each in plan.datasets]:
            if repeat:
                stability.repeat(plan, name, repeat, say=lambda text: print(text, flush=True))
            made = report.make(name)
            if not quiet:
                print(report.text(made))
            if not quiet or made["findings"]:
                print(report.line(made))


@main.command()
@click.argument("report", type=FILE)
def accept(report: Path) -> None:
    """End with status 1 if an audit's REPORT, a .audit.json file, holds a fault."""
    from ttdata.report import read, refuse_faults

    with _told():
        refuse_faults(read(report))


@main.command()
@PLAN
def summary(plan_file: Path) -> None:
    """Say what was built, what it cost, and what to do next."""
    from ttdata.summary import summary as told

    with _told():
        print(told(Plan.read(plan_file)))


@main.command()
@DIRECTORY
@click.option("--json", "as_json", is_flag=True, help="As a JSON object, for scripts.")
def status(directory: Path, as_json: bool) -> None:
    """Say how far a build is and what it has cost. Sends no request."""
    from ttdata.outlook import outlook, settling
    from ttdata.progress import progress

    with _told():
        os.chdir(directory)
        made = Plan.read(layout.PLAN)
        done, coming = progress(made), list(outlook(made))
    if as_json:
        print(json.dumps(done.as_json() | {"settling": settling(made)}))
        return
    print(folded(done.told()))
    for sentence in coming:
        print(folded(sentence))


@main.command()
def wait() -> None:
    """Sleep until what stopped the last build is over: the quota, or the API's trouble; no lock is held meanwhile."""
    stop = Stop.read()
    if stop is None or not stop.passes:
        print("The last build was not stopped by the quota; there is nothing to wait for.")
        return
    with _told():
        bundled = Plan.read(layout.PLAN).base_url == MOCK
    left = layout.STOPPED.stat().st_mtime + stop.seconds + 60 - time.time()
    if left > 0 and not (bundled and stop.reason == "quota"):
        what = "the quota" if stop.reason == "quota" else "TikTok's API"
        say(f"Waiting {left / 3600:.1f} h for {what}. Ctrl-C ends the waiting, and loses nothing.")
        time.sleep(left)


@contextmanager
def _told(*, stops_build: bool = False) -> Iterator[None]:
    """End with a sentence on standard error instead of a traceback; with status 75 if the build is to be run later.

    stops_build: what goes wrong concerns all jobs of the build, so none of them is to go on.
    """
    try:
        yield
    except QuotaExhausted as error:
        Stop.of(error).write()
        _say_alone(error)
        sys.exit(TEMPORARY_FAILURE)
    except BuildStopped as error:
        _say_alone(error)
        sys.exit(TEMPORARY_FAILURE)
    except Unfinished as error:
        _say_alone(error)
        sys.exit(1)
    except (Fault, TikTokError, OSError) as error:
        if stops_build and not isinstance(error, NotDue):
            Stop("fault").write()
        say(_file_said(error) if isinstance(error, OSError) else str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        # What was answered is stored; there is nothing to say.
        os._exit(130)


def _say_alone(error: Exception) -> None:
    """Say what a build says at its end, if there is none."""
    if EXIT_WITH not in os.environ:
        say(str(error))


def _file_said(error: OSError) -> str:
    return f"{error.filename or 'A file'} cannot be used: {error.strerror}."


def _again(name: str) -> str:
    """Which round a name is of, unless it is the first."""
    number = layout.round_of(name)
    return f", round {number}" if number > 1 else ""


def _of(number: int, thing: str, width: int) -> str:
    """A number of things, the same width for one and for many."""
    return f"{number:{width},} {thing}{' ' if number == 1 else 's'}"


if __name__ == "__main__":
    main(prog_name="python -m ttdata")
