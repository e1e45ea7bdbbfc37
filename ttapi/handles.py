"""The handle in what people write down: with @, in any case, as the address of a profile or of one of its videos.

A handle has letters, digits, _ and . in any order. The letters are a to z: every name in the recorded answers is ASCII
and in lower case (92 authors of a search of 2024), except for null bytes, which the API adds by mistake. No length is
assumed, since none is documented. Source: research-api-codebook, and the answers recorded by clients.
"""

import re
from urllib.parse import unquote

from ttapi.text import first_invisible, strip_invisible

_HANDLE = re.compile(r"[A-Za-z0-9_.]+")
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_.]")
_ADDRESS = re.compile(
    # What follows the name must not be the beginning of a second address or handle.
    r"(?:(?:https?:)?//)?((?:[\w-]+\.)*)tiktok\.com(?::\d+)?/+([^/?#]*)(?:[/?#](?:(?!://)[^\s,;@\"'])*)?",
    re.A | re.I,
)
_LOOKS_LIKE_ADDRESS = re.compile(r"://|tiktok\.com/", re.I)
_SHORT_LINKS = ("vm.", "vt.")
_PROFILE = "https://www.tiktok.com/@name"
_NAMES = {",": "a comma", "/": "a slash", **dict.fromkeys("\"'`“”„\u2018\u2019«»", "a quotation mark")}


def read_handle(text: str) -> str | None:
    """Return the handle that a text contains, in lower case and without @; None if it contains none.

    The text is a handle, or the address of a profile or of anything below it, with or without scheme, www. and query.
    Blanks and invisible characters at the ends are ignored, and null bytes everywhere.
    """
    name = _name(text)
    return name.lower() if name is not None and _HANDLE.fullmatch(name) else None


def handle_problem(text: str) -> str:
    """Return why a text cannot be a handle, in one sentence such as "It contains a blank, …"; "" if it can be one."""
    return "" if read_handle(text) is not None else f"It {_reason(text)}."


def _name(text: str) -> str | None:
    """Return what should be the handle in a text; None if the text is another address, or several."""
    text = _cleaned(text)
    if address := _ADDRESS.fullmatch(text):
        segment = _cleaned(unquote(address[2]))
        return _cleaned(segment.lstrip("@")) if segment.startswith("@") else None
    return None if _LOOKS_LIKE_ADDRESS.search(text) else _cleaned(text.lstrip("@"))


def _cleaned(text: str) -> str:
    return strip_invisible(text.replace("\0", ""))


def _reason(text: str) -> str:
    name = _name(text)
    if name is None:
        address = _ADDRESS.fullmatch(_cleaned(text))
        if address and (address[1].lower() in _SHORT_LINKS or address[2] == "t"):
            return f"is a short link; open it, and use the address that it leads to, such as {_PROFILE}"
        return f"is not the address of one profile, such as {_PROFILE}"
    if not name:
        return "is empty"
    odd = _NOT_ALLOWED.search(name)
    assert odd
    return f"contains {_described(odd[0])}, and a handle has only the letters a to z, digits, dots and underscores"


def _described(char: str) -> str:
    if char in _NAMES:
        return _NAMES[char]
    if first_invisible(char) or not (char.isprintable() or char.isspace()):
        return f"an invisible character (U+{ord(char):04X})"
    if char.isspace():
        return "a line break" if char in "\n\r\v\f\u0085\u2028\u2029" else "a blank"
    return f'the character "{char}"'
