"""Writes docs/reference/environment.md from docs/environment.yaml. Run by `make docs`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ttdata.publish.codebook import cell

DOCS = Path(__file__).parent
PAGE = DOCS / "reference" / "environment.md"
TABLE = DOCS / "environment.yaml"

HEAD = """# Environment variables

Generated from `docs/environment.yaml` by `make docs`. No variable is needed to build from the bundled mock server.
"""


def page() -> str:
    """The whole page."""
    groups = yaml.safe_load(TABLE.read_text("utf-8"))["groups"]
    return HEAD + "".join(line for group in groups for line in _group(group))


def _group(group: dict[str, Any]) -> Iterator[str]:
    yield f"\n## {group['title']}\n\n"
    if "note" in group:
        yield f"{group['note']}\n\n"
    yield "| variable | meaning | example |\n|---|---|---|\n"
    for name, row in group["variables"].items():
        more = f" See [{row['page']}](../{row['page']})." if "page" in row else ""
        example = f"`{row['example']}`" if "example" in row else ""
        yield f"| `{name}` | {cell(row['means'])}{more} | {cell(example)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
