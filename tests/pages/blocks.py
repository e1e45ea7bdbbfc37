"""The fenced blocks of a page, and how what it shows differs from what a command prints."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LEFT_OUT = "…"
"""A line that stands for lines of an output that a page does not show."""
_FENCE = re.compile(
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """One fenced block: its text, and its place in the page. With a title, it is the content of that file."""

    language: str
    title: str
    text: str
    start: int
    end: int
    line: int


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in their order."""
    for match in _FENCE.finditer(page):
        line = page.count("\n", 0, match.start()) + 1
        yield Block(
            match["language"], match["title"] or "", match["text"], match.start("text"), match.end("text"), line
        )


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, with the lines that the page shows below it."""
    before, *parts = re.split(r"^\$ (.*(?:\\\n.*)*)\n", block.text, flags=re.MULTILINE)
    assert not before.strip(), f"line {block.line}: the block does not begin with a command"
    for command, output in zip(parts[::2], parts[1::2], strict=True):
        yield command, output.splitlines()


def difference(shown: list[str], printed: list[str]) -> str:
    """How an output differs from what a page shows; "" if it does not. Lines may be left out once."""
    expected, whole = shown, printed
    if LEFT_OUT in shown:
        head = shown.index(LEFT_OUT)
        tail = len(shown) - head - 1
        expected = shown[:head] + shown[head + 1 :]
        whole = printed[:head] + printed[max(head, len(printed) - tail) :]
    return "" if whole == expected else "\n".join(["shown:", *expected, "printed:", *whole])


def refreshed(shown: list[str], printed: list[str]) -> list[str]:
    """The lines to show now. If some are left out, then up to the last that begins with the same word as before."""
    if LEFT_OUT not in shown:
        return printed
    head = shown.index(LEFT_OUT)
    words = [line.split()[:1] for line in shown[head + 1 :]]
    begins = [number for number, line in enumerate(printed) if line.strip() and [line.split()[0]] in words[:1]]
    return [*printed[:head], LEFT_OUT, *(printed[begins[-1] :] if begins else [])]


def figures(page: str) -> list[str]:
    """The pictures that a page shows from the folder figures/ beside it, which its programs draw."""
    return re.findall(r"\]\(figures/([^)#]+)\)", page)
