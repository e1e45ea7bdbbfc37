"""Commands that use a built dataset: show, open, diff, cite."""

import json
import shutil
import sys
from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, JSON, names_in
from ttdata.store.paths import Folder
from ttdata.text import folded

_DIFFERENT, _NOT_COMPARABLE = 1, 2


@click.command()
@click.argument("dataset_a", metavar="A", type=FILE)
@click.argument("dataset_b", metavar="B")
@click.option(
    "--examples", type=click.IntRange(min=0), default=3, show_default=True, help="Rows to name per difference."
)
@JSON
def diff(dataset_a: Path, dataset_b: str, examples: int, as_json: bool) -> None:
    """Compare the dataset A with B: rows added, removed and changed, per table and column.

    A is a .duckdb file. B is another one, a digest, or a file with a digest, such as `ttdata digest --json` prints.

    The exit status is 0 if they are equal, 1 if they differ, 2 if they cannot be compared.
    """
    from ttdata.publish.comparison import compare
    from ttdata.publish.comparison_text import comparison_text
    from ttdata.publish.published_digest import compare_with_digest, published_digest

    with sentences(fault=_NOT_COMPARABLE):
        published = published_digest(dataset_b)
        if published:
            against = compare_with_digest(dataset_a, published)
            is_equal, content, text = against.is_equal, against.as_json(), against.text()
        else:
            comparison = compare(dataset_a, Path(dataset_b), examples)
            is_equal, content = comparison.is_equal, comparison.as_json()
            text = comparison_text(comparison, dataset_a, Path(dataset_b))
    print(json.dumps(content) if as_json else text)
    sys.exit(0 if is_equal else _DIFFERENT)


@click.command()
@click.argument("table", required=False)
@click.option("--dataset", metavar="NAME|FILE", help="The dataset. Default: the only one in the current folder.")
@click.option("--rows", type=click.IntRange(min=1), default=10, show_default=True, help="How many rows.")
@click.option("--columns", default="", metavar="COLUMN[,COLUMN]", help="Only these columns, in this order.")
@click.option("--order", default="", metavar="COLUMN", help="Sort by this column; -COLUMN sorts from the top down.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV.")
@JSON
def show(
    table: str | None, dataset: str | None, rows: int, columns: str, order: str, as_csv: bool, as_json: bool
) -> None:
    """Print the tables of a dataset, or the first rows of TABLE.

    The rows are in the order of the table's key. Times are UTC. Long texts are cut, except with --csv and --json.
    """
    from ttdata.publish import listing
    from ttdata.publish.choice import dataset_file

    names = names_in(columns)
    with sentences():
        path = dataset_file(dataset, Folder())
        if table is None:
            print(json.dumps(listing.tables_json(path)) if as_json else listing.tables_text(path, _width()))
            return
        choice = listing.Choice(table, rows, names, order)
        if as_csv:
            print(listing.rows_csv(path, choice), end="")
        else:
            print(json.dumps(listing.rows_json(path, choice)) if as_json else listing.rows_text(path, choice, _width()))


def _width() -> int:
    """The columns of the terminal; what is printed elsewhere is the same everywhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 80


@click.command("open")
@click.argument("dataset", required=False)
@click.option("--serve", is_flag=True, help="Serve it to a browser on this machine, with datasette, until Ctrl-C.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8001, show_default=True, help="The port of --serve.")
def open(dataset: str | None, serve: bool, port: int) -> None:  # noqa: A001 (the name of the command)
    """Print how to open DATASET in DuckDB, Python, pandas, polars, R and Stata.

    DATASET is a name or a .duckdb file. It can be left out if the study has only one.
    """
    from ttdata.publish import opening
    from ttdata.publish.choice import dataset_file

    with sentences():
        path = dataset_file(dataset, Folder())
        if not serve:
            print(opening.recipes_text(path))
            return
        status = opening.serve(path, port)
    sys.exit(status)


@click.command()
@click.argument("dataset", required=False)
@click.option(
    "--as",
    "form",
    type=click.Choice(["text", "bibtex", "cff", "json", "flow", "svg"]),
    default="text",
    show_default=True,
    help="A methods paragraph with the numbers of each step; BibTeX; CITATION.cff; all facts; "
    "the numbers alone, as text or as a figure.",
)
def cite(dataset: str | None, form: str) -> None:
    """Print how to describe and cite DATASET (a name, or a .duckdb file) in a paper.

    DATASET can be left out if the study has only one. Replace YOUR NAME by the authors of the dataset.
    """
    from ttdata.publish import citation
    from ttdata.publish.choice import dataset_file
    from ttdata.publish.flow import flow_svg, flow_text

    with sentences():
        facts = citation.facts(dataset_file(dataset, Folder()))
        forms = {
            "text": lambda: f"{folded(citation.methods(facts))}\n\n{flow_text(facts.flows)}",
            "bibtex": lambda: citation.bibtex(facts),
            "cff": lambda: citation.cff_text(facts).rstrip(),
            "json": lambda: json.dumps(citation.as_json(facts)),
            "flow": lambda: flow_text(facts.flows),
            "svg": lambda: flow_svg(facts.flows, f"Records of the dataset {facts.dataset}, step by step").rstrip(),
        }
        print(forms[form]())
