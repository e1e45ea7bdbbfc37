"""Characters that nobody sees, and half characters: what text from editors, messengers and spreadsheets contains."""

import re
import unicodedata

# Zero-width characters, direction marks, soft hyphens, byte order marks and control characters, null bytes included.
_INVISIBLE = (
    "\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
# Joiners inside words: emoji sequences, and letters of Persian and Indic scripts.
_JOINERS = "\u200c\u200d"
_ENDS = re.compile(rf"^[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+$")
_INSIDE = re.compile(rf"(?![{_JOINERS}])[{_INVISIBLE}]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def stripped(text: str) -> str:
    """A text without blanks and invisible characters at its ends. A joiner at an end has nothing to join."""
    return _ENDS.sub("", text)


def invisible_inside(text: str) -> list[str]:
    """The invisible characters inside a text, each once, as U+200B; joiners inside words are fine."""
    return [f"U+{ord(char):04X}" for char in dict.fromkeys(_INSIDE.findall(stripped(text)))]


def composed(text: str) -> str:
    """A text in the form NFC, in which equal texts have equal characters."""
    return unicodedata.normalize("NFC", text)


def folded_case(text: str) -> str:
    """A text by which spellings are compared that differ in case or normalisation only."""
    return composed(composed(text).casefold())


def whole_characters(text: str) -> str:
    """A text in which surrogate pairs, as JSON escapes them, are the characters that they stand for."""
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def half_characters(text: str) -> list[str]:
    """Halves of surrogate pairs in a text, which neither a request nor a table can contain."""
    return sorted({char for char in text if "\ud800" <= char <= "\udfff"})
