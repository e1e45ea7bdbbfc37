"""Words and numbers as they stand in a sentence."""

from collections.abc import Sequence


def count(number: int, noun: str) -> str:
    """A number with its noun: count(1, "record") is "1 record", count(1500, "record") is "1,500 records"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def either(values: Sequence[str]) -> str:
    """Values as alternatives: "a, b or c"; "" if there are none."""
    return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


def one_line(text: str) -> str:
    """Text from outside, safe for a terminal: one line of printable characters, 300 of them at most."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[:1000]).split())
    return line if len(line) <= 300 else line[:300] + "…"


def sentence(text: str) -> str:
    """Text with a full stop at its end, if it has none; "" stays "" """
    return text if not text or text.endswith((".", "!", "?")) else text + "."
