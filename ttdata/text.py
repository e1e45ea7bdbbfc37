"""Text for people: messages on standard error, folded lines, counted nouns, suggestions for misspelled words."""

import re
import sys
import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 79
# Characters that a terminal obeys instead of showing them: control characters, and those that reverse the direction.
# For DuckDB too, so the others are themselves and not escaped.
UNPRINTABLE = r"[\x00-\x1f\x7f-\x9f" + "\u200e\u200f\u202a-\u202e\u2066-\u2069]"
REPLACEMENT = "\ufffd"


def say(text: str) -> None:
    """Print a message to standard error, folded."""
    print(folded(text), file=sys.stderr, flush=True)


def folded(text: str, width: int = WIDTH) -> str:
    """Fold lines to a width. Indented lines stay as they are, except the entries of a list with *."""
    return "\n".join(_folded_line(line, width) for line in text.split("\n"))


def _folded_line(line: str, width: int) -> str:
    if line.startswith(" ") and not line.startswith("  * "):
        return line
    indent = "    " if line.startswith("  * ") else ""
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def printable(text: str) -> str:
    """A text on one line that cannot control a terminal: what somebody else wrote."""
    return re.sub(UNPRINTABLE, REPLACEMENT, re.sub(r"[ \t\r\n]+", " ", text))


def shortened(text: str, width: int) -> str:
    """A text of at most this many characters; … shows that there are more."""
    return text if len(text) <= width else text[: width - 1] + "…"


def count(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun: "1 video", "2,000 videos". `plural` is for nouns that take more than an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def some(texts: Sequence[str], shown: int = 3) -> str:
    """The first few texts, quoted and shortened: 'a', 'b', 'c', …"""
    return ", ".join(repr(text[:40]) for text in texts[:shown]) + (", …" if len(texts) > shown else "")


def closest(word: str, known: Iterable[object]) -> str:
    """The known word that is most similar; "" if none is."""
    import difflib

    return next(iter(difflib.get_close_matches(word, [str(each) for each in known], n=1)), "")


def did_you_mean(word: str, known: Iterable[object]) -> str:
    """A suggestion, with a blank before it; "" if no known word is similar."""
    near = closest(word, known)
    return f" Did you mean {near!r}?" if near else ""
