"""CSV, compressed: UTF-8 with a header. NULL is an empty field, an empty text is two quotation marks."""

from pathlib import Path

from ttdata.publish.contents import Contents, Form
from ttdata.publish.formats.copied import copy_tables


def write(contents: Contents, folder: Path) -> list[str]:
    """Write TABLE.csv.gz for each table."""
    return copy_tables(contents, folder, Form(), "csv.gz", "FORMAT csv, HEADER, COMPRESSION gzip")
