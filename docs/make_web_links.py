"""Writes docs/reference/web-links.md, all links to other sites, from the pages. Run by `make docs`, as the last."""

import re
from collections import defaultdict
from pathlib import Path

DOCS = Path(__file__).parent
PAGE = DOCS / "reference" / "web-links.md"

HEAD = """# Links to other sites

Generated from the pages by `make docs`. `make docs` and the tests check each link within this site, and none of these,
because they use no network.

| address | pages |
|---|---|
"""


def page() -> str:
    """The whole page."""
    found: dict[str, set[Path]] = defaultdict(set)
    for path in DOCS.rglob("*.md"):
        if path != PAGE:
            for address in re.findall(r"\]\(\s*(https?://[^)\s]+)\)", path.read_text("utf-8")):
                found[address].add(path.relative_to(DOCS))
    return HEAD + "".join(f"| <{address}> | {_pages(paths)} |\n" for address, paths in sorted(found.items()))


def _pages(paths: set[Path]) -> str:
    return ", ".join(f"[{path}](../{path})" for path in sorted(paths))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
