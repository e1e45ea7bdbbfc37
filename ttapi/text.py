"""Text for messages (numbers with nouns, alternatives, one safe line), and text as people paste it."""

from collections.abc import Sequence

MAX_LENGTH = 300
"""Characters of a text from outside that are shown."""


def _between(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


_BLANK = _between(
    *((0x09, 0x0D), (0x1C, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029)),
    *((0x202F, 0x202F), (0x205F, 0x205F), (0x2800, 0x2800), (0x3000, 0x3000)),
)
"""The characters that str.isspace() knows, and the braille pattern without dots."""

INVISIBLE = _between(
    *((0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F)),  # controls
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x180E, 0x180E)),  # soft hyphen, grapheme joiner, vowel separator
    *((0x200B, 0x200D), (0x2060, 0x2064), (0xFEFF, 0xFEFF)),  # zero width: space, joiners, operators, byte order mark
    *((0x61C, 0x61C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x206F)),  # direction marks
    *((0x3164, 0x3164), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB)),  # fillers, annotations
)
"""Characters that nobody sees. Those that belong to emoji (variation selectors, tags) are not among them."""


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


def strip_invisible(text: str) -> str:
    """Return text without the blanks and the invisible characters at its ends. Emoji are not damaged."""
    return text.strip(_BLANK + INVISIBLE)


def first_invisible(text: str) -> str:
    """Return the first invisible character of a text, such as a direction mark; "" if there is none.

    A joiner counts too, although some scripts need it inside words. Blanks, line breaks included, do not count.
    """
    return next((char for char in text if char in INVISIBLE), "")
