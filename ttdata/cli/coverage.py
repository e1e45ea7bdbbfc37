"""The command `coverage`: how much of a list of ids was found."""

import csv
import json
import sys
from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, JSON, names_in

HEADER = ("by", "value", "listed", "found", "gone", "missing", "not_asked", "share", "low", "high")


@click.command()
@click.argument("dataset", required=False)
@click.option(
    "--by", default="", metavar="COLUMN[,COLUMN]", help="Columns of the list. Default: those with few values."
)
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, to be published.")
@JSON
@click.option("--directory", type=FILE, default=Path(), help="Where the study was built. Default: here.")
def coverage(dataset: str | None, by: str, as_csv: bool, as_json: bool, directory: Path) -> None:
    """Print how much of the study's list of ids is in DATASET: in all, by age, and by columns of the list."""
    from ttdata.publish.choice import dataset_file
    from ttdata.publish.coverage import coverage as coverage_of
    from ttdata.store.paths import Folder
    from ttdata.tables.files import opened

    with sentences(), opened(dataset_file(dataset, Folder(directory))) as con:
        shares = coverage_of(con, names_in(by))
    rows = [
        (*vars(each).values(), *(None if number is None else round(number, 4) for number in numbers))
        for each in shares
        for numbers in [(each.share, *(each.interval or (None, None)))]
    ]
    if as_json:
        print(json.dumps([dict(zip(HEADER, row, strict=True)) for row in rows]))
    elif as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows([HEADER, *rows])
    else:
        _print_table(rows)


def _print_table(rows: list[tuple[object, ...]]) -> None:
    width = min(28, max(len(f"{by}: {value}") for by, value, *_ in rows))
    print(f"{'':{width}} {'listed':>9} {'found':>9} {'gone':>7} {'missing':>9}   share (95 % interval)")
    for by, value, listed, found, gone, missing, _, share, low, high in rows:
        name = str(by) if by == value else f"{by}: {value}"
        name = name if len(name) <= width else f"{name[: width - 1]}…"
        shares = "" if share is None else f"{share:6.1%} ({low:.1%} to {high:.1%})"
        print(f"{name:{width}} {listed:9,} {found:9,} {gone:7,} {missing:9,}   {shares}".rstrip())
