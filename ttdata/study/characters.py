"""Characters that nobody sees, and half characters: what text from editors, messengers and spreadsheets contains."""

import re
import unicodedata

from ttapi.text import INVISIBLE, strip_invisible

# Joiners are fine inside words: emoji sequences, and letters of Persian and Indic scripts.
_JOINERS = "\u200c\u200d"
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def invisible_inside(text: str) -> list[str]:
    """The invisible characters inside a text, each once, as U+200B; joiners inside words are fine."""
    inside = dict.fromkeys(strip_invisible(text))
    return [f"U+{ord(char):04X}" for char in inside if char in INVISIBLE and char not in _JOINERS]


def composed(text: str) -> str:
    """A text in the form NFC, in which equal texts have equal characters."""
    return unicodedata.normalize("NFC", text)


def whole_characters(text: str) -> str:
    """A text in which surrogate pairs, as JSON escapes them, are the characters that they stand for."""
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def half_characters(text: str) -> list[str]:
    """Halves of surrogate pairs in a text, which neither a request nor a table can contain."""
    return sorted({char for char in text if "\ud800" <= char <= "\udfff"})
