"""Commands that look at a build and its datasets: status, summary, digest, explain, audit."""

import json
from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, JSON, folder_of, place
from ttdata.plan.plan import Plan
from ttdata.text import folded

# Of the 64 digits of a table's digest, as many as fit into a line and tell tables apart.
_SHOWN = 32


@click.command()
@place
@JSON
def status(study: Path | None, directory: Path | None, as_json: bool) -> None:
    """Print how far a build is and what it has cost. Sends no request."""
    from ttdata.comply.standing import standing
    from ttdata.plan.due_again import notices, settling
    from ttdata.plan.status import status as status_of

    folder = folder_of(study, directory)
    with sentences():
        plan = Plan.read(folder.plan, folder)
        state, refreshes = status_of(plan), standing(plan)
        later = [*notices(plan), *refreshes.sentences()]
    if as_json:
        print(json.dumps(state.as_json() | {"settling": settling(plan), "refresh": refreshes.as_json()}))
        return
    print(folded(state.text()))
    for sentence in later:
        print(folded(sentence))


@click.command()
@place
@JSON
def summary(study: Path | None, directory: Path | None, as_json: bool) -> None:
    """Print what was built, what it cost, and what to do next."""
    from ttdata.workflow import summary as summaries

    folder = folder_of(study, directory)
    with sentences():
        plan = Plan.read(folder.plan, folder)
        print(json.dumps(summaries.as_json(plan)) if as_json else summaries.summary(plan))


@click.command()
@click.argument("dataset", type=FILE)
@click.option("--tables", "with_tables", is_flag=True, help="Also the digest of each table.")
@JSON
def digest(dataset: Path, with_tables: bool, as_json: bool) -> None:
    """Print the content digest of DATASET, a .duckdb file: equal data, equal digest.

    --json prints the digest of each table too. `ttdata diff` can compare a dataset with what it prints.
    """
    from ttdata.build.digest import table_digests_of, total

    with sentences():
        tables = table_digests_of(dataset)
    content = total({name: each.digest for name, each in tables.items()})
    if as_json:
        listed = {name: {"rows": each.rows, "digest": each.digest} for name, each in tables.items()}
        print(json.dumps({"dataset": str(dataset), "digest": content, "tables": listed}))
        return
    print(content)
    if with_tables:
        width = max(map(len, ["table", *tables]))
        print(f"\n{'table':{width}}  {'rows':>11}  digest, its first half")
        for name, each in tables.items():
            print(f"{name:{width}}  {each.rows:11,}  {each.digest[:_SHOWN]}…")


@click.command()
@click.argument("dataset", type=FILE)
@click.argument("record")
def explain(dataset: Path, record: str) -> None:
    """Print which request returned RECORD (an id, or an account's handle) in DATASET, a .duckdb file."""
    from ttdata.build.explain import explain as explanation

    with sentences():
        print(explanation(dataset, record))


@click.command()
@place
@click.option("--plan", "plan_file", type=FILE, help="The plan. Default: plan.json in the folder.")
@click.option("--dataset", help="Name of the dataset. Default: all datasets of the study.")
@click.option(
    "--repeat",
    type=click.IntRange(min=2),
    help="Repeat the searches until there are this many passes, and print how stable the results are. "
    "Each pass costs as many requests as the first.",
)
@click.option("--quiet", is_flag=True, help="Print one line, only if there is something to report.")
@JSON
def audit(
    study: Path | None,
    directory: Path | None,
    plan_file: Path | None,
    dataset: str | None,
    repeat: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Check built datasets: what was requested against what was returned. Sends no request, unless --repeat is given.

    Writes reports/NAME.html for people and reports/NAME.audit.json for programs.
    """
    from ttdata.audit import report, stability

    folder, reports = folder_of(study, directory), []
    with sentences():
        plan = Plan.read(plan_file or folder.plan, folder)
        for name in [dataset] if dataset else [each.name for each in plan.datasets]:
            if repeat:
                stability.repeat(plan, name, repeat, say=lambda text: print(text, flush=True))
            content = report.make_report(name, plan.folder)
            reports.append(content)
            if not quiet and not as_json:
                print(report.text(content))
            if not as_json and (not quiet or content["findings"]):
                print(report.one_line(content, plan.folder))
    if as_json:
        print(json.dumps(reports))
