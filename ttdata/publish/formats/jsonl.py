"""JSON lines, compressed: one object per row, with lists. Ids are texts, since many readers of JSON round numbers."""

from pathlib import Path

from ttdata.publish.contents import Contents, Form
from ttdata.publish.formats.copied import copy_tables


def write(contents: Contents, folder: Path) -> list[str]:
    """Write TABLE.jsonl.gz for each table."""
    form = Form(lists=True, json=True)
    return copy_tables(contents, folder, form, "jsonl.gz", "FORMAT json, COMPRESSION gzip")
