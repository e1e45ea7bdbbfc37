"""Rows as the text of a CSV file: UTF-8, a header, lines that end with a line feed."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header and rows as CSV. A value that is None is empty."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
