"""Commands that use a built dataset: show, open, diff, cite."""

import json
import sys
from pathlib import Path

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, JSON

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
