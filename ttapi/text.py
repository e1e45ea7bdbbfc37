"""Text for messages: numbers with nouns, alternatives, text from outside on one line."""

from collections.abc import Sequence

MAX_LENGTH = 300
"""Characters of a text from outside that are shown."""


def count(number: int, noun: str) -> str:
    """Return a number with its noun: count(1, "record") is "1 record", count(1500, "record") is "1,500 records"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def either(values: Sequence[str]) -> str:
    """Return values as alternatives: "a, b or c"; "" if there are none."""
    return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


def one_line(text: str) -> str:
    """Return text from outside in a form that is safe for a terminal: one line, printable, at most MAX_LENGTH long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[:1000]).split())
    return line if len(line) <= MAX_LENGTH else line[:MAX_LENGTH] + "…"


def sentence(text: str) -> str:
    """Return text with a full stop, if it does not end like a sentence; "" stays "" ."""
    return text if not text or text.endswith((".", "!", "?")) else text + "."
