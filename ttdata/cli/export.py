"""The command `export`: the files of a dataset for other programs."""

from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, names_in, resources
from ttdata.text import count


@click.command()
@click.argument("dataset", required=False)
@click.option(
    "--to",
    "formats",
    default="csv,parquet",
    show_default=True,
    metavar="FORMAT[,FORMAT]",
    help="parquet, csv, jsonl, sqlite, dta (Stata), xlsx, graphml, ids.",
)
@click.option("--out", type=FILE, help="The folder to write to. Default: exports/DATASET, beside datasets/.")
@click.option("--tables", default="", metavar="TABLE[,TABLE]", help="Only these tables. Default: all.")
@click.option("--pseudonyms", is_flag=True, help="Replace account names, with the key in TTDATA_PSEUDONYM_KEY.")
@resources
@click.option("--directory", type=FILE, default=Path(), help="Where the study was built. Default: here.")
def export(
    dataset: str | None,
    formats: str,
    out: Path | None,
    tables: str,
    pseudonyms: bool,
    threads: int,
    memory: int,
    temporary: Path | None,
    directory: Path,
) -> None:
    """Export DATASET (a name, or a .duckdb file) for other programs, with a codebook and scripts that load it.

    DATASET can be left out if the study has only one. Sends no request.
    """
    from ttdata.comply.due import refuse_overdue
    from ttdata.publish.choice import dataset_file
    from ttdata.publish.export import export as export_files
    from ttdata.publish.export import exports_folder
    from ttdata.publish.formats.table import formats_of
    from ttdata.publish.pseudonyms import Pseudonyms
    from ttdata.store.paths import Folder
    from ttdata.tables.files import Resources

    with sentences():
        path = dataset_file(dataset, Folder(directory))
        refuse_overdue(path, "exported")
        target = out or exports_folder(path)
        names = export_files(
            path,
            target,
            formats_of(names_in(formats)),
            tables=names_in(tables),
            pseudonyms=Pseudonyms() if pseudonyms else None,
            resources=Resources(threads, memory, temporary),
        )
    print(f"Exported {path.stem} to {target.resolve()}: {count(len(names), 'file')}. README.txt explains them.")
