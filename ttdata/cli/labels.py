"""Commands for coding: a sheet to code, and what became of the labels."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, JSON, names_in
from ttdata.store.paths import Folder
from ttdata.text import count, folded

if TYPE_CHECKING:
    from ttdata.build.labels import LabelTable
    from ttdata.publish.agreement import Agreement

_DIRECTORY = click.option("--directory", type=FILE, default=Path(), help="Where the study was built. Default: here.")
_NONE = (
    "This dataset has no labels. Code a sample (ttdata sample-for-coding), put the sheet into the study's folder, and "
    "add it to the dataset in the study: labels: {codes: {file: sheet.csv, of: videos, key: video_id}}"
)


@click.command()
@click.argument("dataset", required=False)
@_DIRECTORY
@JSON
def labels(dataset: str | None, directory: Path, as_json: bool) -> None:
    """Print the labels of DATASET (a name, or a .duckdb file), and how far their coders agree.

    DATASET can be left out if the study has only one. Sends no request.
    """
    from ttdata.build.labels import label_tables
    from ttdata.publish.agreement import agreement
    from ttdata.publish.choice import dataset_file
    from ttdata.tables.files import opened

    with sentences(), opened(dataset_file(dataset, Folder(directory))) as con:
        tables = [(each, agreement(con, each)) for each in label_tables(con)]
    if as_json:
        rows = [asdict(each) | {"agreement": [asdict(one) for one in some]} for each, some in tables]
        print(json.dumps({"labels": rows}))
        return
    print("\n\n".join(_table_text(each, some) for each, some in tables) or folded(_NONE))


def _table_text(labels: "LabelTable", columns: "list[Agreement]") -> str:
    lines = [folded(labels.sentence), f"digest {labels.digest}"]
    if columns:
        width = max(6, *(len(each.column) for each in columns))
        lines += ["", f"  {'column':{width}}  coders  items  equal pairs  alpha", f"  {'-' * width}  {'-' * 33}"]
        lines += [_agreement_text(each, width) for each in columns]
    return "\n".join(lines)


def _agreement_text(each: "Agreement", width: int) -> str:
    percent = "" if each.percent is None else f"{each.percent:.1%}"
    alpha = each.note if each.alpha is None else f"{each.alpha:.3f} ({each.level})"
    return f"  {each.column:{width}}  {each.coders:6}  {each.items:5,}  {percent:>11}  {alpha}"


@click.command("sample-for-coding")
@click.argument("dataset", required=False)
@click.option("--of", type=click.Choice(["videos", "comments", "users"]), default="videos", show_default=True)
@click.option("--n", type=click.IntRange(min=1), required=True, help="Number of items.")
@click.option("--per", default="", metavar="COLUMN", help="Stratify by a column; or by day, week or month.")
@click.option("--equal", is_flag=True, help="As many items from each stratum. Default: in proportion to its size.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed draws another sample.")
@click.option("--coders", default="", metavar="A,B", help="Names of the coders, among whom the items are divided.")
@click.option(
    "--overlap", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Share that all coders code."
)
@click.option("--codes", default="code", show_default=True, metavar="A,B", help="Names of the columns to fill in.")
@click.option("--semicolons", is_flag=True, help="For Excel where the decimal sign is a comma, as in German.")
@click.option("--out", type=FILE, required=True, help="The CSV file to write.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@_DIRECTORY
def sample_for_coding(
    dataset: str | None,
    of: str,
    n: int,
    per: str,
    equal: bool,
    seed: int,
    coders: str,
    overlap: float,
    codes: str,
    semicolons: bool,
    out: Path,
    force: bool,
    directory: Path,
) -> None:
    """Draw a random sample of DATASET (a name, or a .duckdb file) as a sheet for coders.

    DATASET can be left out if the study has only one. Sends no request. docs/labels.md shows the whole way.
    """
    from ttdata.publish.choice import dataset_file
    from ttdata.publish.coding_sheet import Coders, Sheet, write_sheet
    from ttdata.study.labels import ITEMS

    names = tuple(names_in(coders))
    sheet = Sheet(of, n, seed, per, equal, Coders(names, overlap), tuple(names_in(codes)))
    with sentences():
        path = dataset_file(dataset, Folder(directory))
        written = write_sheet(path, sheet, out, delimiter=";" if semicolons else ",", force=force)
    drawn, there = (sum(numbers) for numbers in zip(*written.drawn.values(), strict=True))
    print(f"Wrote {count(written.rows, 'row')} to {out}: {drawn:,} of {there:,} {of}.")
    if per:
        print("\n".join(f"  {name}: {some:,} of {all_:,}" for name, (some, all_) in written.drawn.items()))
    if drawn < n:
        print(f"These are all: there are no {n:,}.")
    coder = ", coder: coder" if names else ""
    print("Once it is coded and in the study's folder, add it to the dataset in the study:")
    print(f"  labels: {{codes: {{file: {out.name}, of: {of}, key: {ITEMS[of].name}{coder}}}}}")
