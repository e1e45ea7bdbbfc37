"""Draws the diagrams in docs/diagrams/ from docs/diagrams.yaml. Run by `make docs`.

Each has a background of its own, so that it can be read on a light and on a dark page.
"""

from html import escape
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parent
FOLDER = DOCS / "diagrams"
TABLE = DOCS / "diagrams.yaml"

WIDTH, HEIGHT, GAP, ROW_GAP, MARGIN = 190, 64, 50, 32, 16
INK, PAPER = "#1c2428", "#ffffff"
FILLS = {"file": "#e3effa", "step": "#fdf1d8", "api": "#e6e6e6"}

Box = dict[str, Any]


def drawings() -> dict[Path, str]:
    """All diagrams by their path."""
    table = yaml.safe_load(TABLE.read_text("utf-8"))
    return {FOLDER / f"{name}.svg": _svg(diagram) for name, diagram in table.items()}


def _svg(diagram: dict[str, Any]) -> str:
    boxes: dict[str, Box] = diagram["boxes"]
    columns = 1 + max(box["at"][0] for box in boxes.values())
    rows = 1 + max(box["at"][1] for box in boxes.values())
    width = 2 * MARGIN + columns * WIDTH + (columns - 1) * GAP
    height = 2 * MARGIN + rows * HEIGHT + (rows - 1) * ROW_GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="15" fill="{INK}">',
        f"<title>{escape(diagram['title'])}</title>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        f'orient="auto"><path d="M0 0 8 4 0 8z" fill="{INK}"/></marker></defs>',
        f'<rect width="{width}" height="{height}" rx="8" fill="{PAPER}"/>',
        *(_box(box) for box in boxes.values()),
        *(_arrow(boxes[start], boxes[end], [end, start] in diagram["arrows"]) for start, end in diagram["arrows"]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _corner(box: Box) -> tuple[int, int]:
    column, row = box["at"]
    return MARGIN + column * (WIDTH + GAP), MARGIN + row * (HEIGHT + ROW_GAP)


def _box(box: Box) -> str:
    x, y = _corner(box)
    first, *more = box["text"]
    middle = x + WIDTH // 2
    lines = f'<text x="{middle}" y="{y + 27}" text-anchor="middle" font-weight="bold">{escape(first)}</text>'
    lines += "".join(f'<text x="{middle}" y="{y + 47}" text-anchor="middle">{escape(line)}</text>' for line in more)
    fill = FILLS[box["kind"]]
    return f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{fill}" stroke="{INK}"/>{lines}'


def _arrow(start: Box, end: Box, both_ways: bool) -> str:
    """A straight line between two boxes of one row or one column; a little aside if another comes back."""
    (x1, y1), (x2, y2) = _corner(start), _corner(end)
    aside = 10 if both_ways else 0
    if y1 == y2:
        aside = aside if x1 < x2 else -aside
        y = y1 + HEIGHT // 2 - aside
        line = (x1 + WIDTH, y, x2, y) if x1 < x2 else (x1, y, x2 + WIDTH, y)
    else:
        x = x1 + WIDTH // 2
        line = (x, y1 + HEIGHT, x, y2)
    points = "x1={} y1={} x2={} y2={}".format(*(f'"{value}"' for value in line))
    return f'<line {points} stroke="{INK}" stroke-width="1.5" marker-end="url(#head)"/>'


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in drawings().items():
        path.write_text(text, "utf-8")
