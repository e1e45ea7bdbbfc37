"""One form of a text, however a file writes it: escapes decoded, quotes and runs of blanks as one blank, lower case.

A caption in CSV, JSON, HTML, SVG, YAML or an address has the same form here, so that it can be compared.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from functools import partial

_PASSES = 4
# A text that was escaped twice has more than one backslash.
_ESCAPE = re.compile(
    r"(?P<units>(?:\\+u[0-9a-fA-F]{4})+)|(?P<long>\\+U[0-9a-fA-F]{8})|(?P<byte>(?:\\+x[0-9a-fA-F]{2})+)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});)"
    r"|(?P<percent>(?:%[0-9a-fA-F]{2})+)|\\+(?P<letter>[nrtbfaveNLP_0])|\\+(?P<slash>/)"
    # YAML breaks a long line with a backslash.
    r"|\\(?P<fold>\r?\n[ \t]*(?:\\(?= ))?)"
)
_BACKSLASHES = re.compile(r"\\+")
_BLANKS = re.compile(r"[\s'\"\u200b-\u200d\ufeff]+")
# The only letter that is two in lower case, which would move all that follow.
_DOTTED_I = "\u0130"


def plain(text: str, octets: str = "utf-8") -> str:
    """The form of a text. octets: how \\x is read: as bytes of a text in UTF-8, or each as a letter (latin-1)."""
    return _BLANKS.sub(" ", _composed(_stages(text, octets)[-1]).replace("\\", "")).replace(_DOTTED_I, "i").lower()


def place_in(text: str, position: int, octets: str = "utf-8") -> tuple[int, int]:
    """The line and column in a text of a position in its form. Reads the text again: for the few that are reported."""
    stages = _stages(text, octets)
    last = _composed(stages[-1])
    position = _before(_BLANKS, lambda _: " ", last.replace("\\", ""), position)
    position = _before(_BACKSLASHES, lambda _: "", last, position)
    for stage in reversed(stages[:-1]):
        position = _before(_ESCAPE, partial(_decoded, octets=octets), stage, position)
    before = stages[0][:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _stages(text: str, octets: str) -> list[str]:
    """A text, and the same after each time that its escapes are decoded."""
    stages = [_composed(text)]
    for _ in range(_PASSES):
        decoded = _ESCAPE.sub(partial(_decoded, octets=octets), stages[-1])
        if decoded == stages[-1]:
            break
        stages.append(decoded)
    return stages


def _before(pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], text: str, position: int) -> int:
    """Where a position after a substitution was before it."""
    moved = 0
    for match in pattern.finditer(text):
        if match.start() - moved >= position:
            break
        moved += len(match[0]) - len(replace(match))
    return max(0, min(len(text), position + moved))


def _composed(text: str) -> str:
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _decoded(match: re.Match[str], octets: str) -> str:
    kind, escape = match.lastgroup, match[0]
    if kind == "units":
        return bytes.fromhex(escape.replace("\\", "").replace("u", "")).decode("utf-16-be", "replace")
    if kind == "long":
        number = int(escape[-8:], 16)
        return chr(number) if number <= 0x10FFFF else escape
    if kind == "entity":
        return html.unescape(escape)
    if kind == "slash":
        return "/"
    if kind == "fold":
        return ""
    if kind == "letter":
        return " "
    content = bytes.fromhex(escape.replace("%", "").replace("\\", "").replace("x", ""))
    try:
        return content.decode(octets if kind == "byte" else "utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1") if kind == "byte" else escape
