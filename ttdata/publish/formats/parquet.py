"""Parquet: exact types, with list columns. The note about invented data is in the key-value metadata of each file."""

from pathlib import Path

from ttdata.publish.contents import Contents, Form
from ttdata.publish.formats.copied import copy_tables
from ttdata.tables.declared import literal

FORM = Form(lists=True, ids_as_text=False, times_as_text=False)


def write(contents: Contents, folder: Path) -> list[str]:
    """Write TABLE.parquet for each table; equal bytes for equal rows and the same version of DuckDB."""
    facts = ", ".join(f"{name}: {literal(value)}" for name, value in contents.about.facts.items())
    options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{facts}}}"
    return copy_tables(contents, folder, FORM, "parquet", options)
