"""How a build speaks to a person: on standard error, in lines of 79 columns at most."""

import sys
import textwrap


def say(text: str) -> None:
    """Print a message, wrapped."""
    print(wrapped(text), file=sys.stderr, flush=True)


def wrapped(text: str, width: int = 79) -> str:
    """Lines folded to a width. Lines that are indented stay as they are, except for those of a list with *."""
    return "\n".join(_folded(line, width) for line in text.split("\n"))


def _folded(line: str, width: int) -> str:
    if line.startswith(" ") and not line.startswith("  * "):
        return line
    indent = "    " if line.startswith("  * ") else ""
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
