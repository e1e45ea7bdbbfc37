"""The handle of an account in texts: where it names the account, and where it is an ordinary word.

A handle with a digit, a dot or an underscore is no word of a language, so it counts wherever it stands alone. Any other
one, such as love, counts after an @ or as a whole value.
"""

import re
from collections.abc import Callable

ERASED = "[erased]"
"""What a text has in the place of an erased handle."""

_WORD = r"[A-Za-z0-9._]"
# A token that may be a handle, with the @ before it; no dot at its end, which ends a sentence.
_TOKEN = re.compile(rf"(?<!{_WORD})(?P<at>@?)(?P<name>{_WORD}*[A-Za-z0-9_])(?!{_WORD}*[A-Za-z0-9_])")
_UNLIKE_A_WORD = re.compile(r"[0-9._]")
_SHORTEST = 5


def is_unlike_a_word(name: str) -> bool:
    """Whether a handle counts wherever it stands alone."""
    return len(name) >= _SHORTEST and bool(_UNLIKE_A_WORD.search(name))


def without_handles(json_text: str, is_erased: Callable[[str], bool]) -> tuple[str, int]:
    """A JSON text in which values name no erased account, and how often they did. Keys stay."""
    number = 0

    def masked(match: re.Match[str]) -> str:
        nonlocal number
        if not (_counts(match, json_text) and is_erased(match["name"])):
            return match[0]
        number += 1
        return f"{match['at']}{ERASED}"

    return _TOKEN.sub(masked, json_text), number


def named(text: str, is_erased: Callable[[str], bool]) -> bool:
    """Whether a text names an erased account."""
    return any(_counts(match, text) and is_erased(match["name"]) for match in _TOKEN.finditer(text))


def _counts(match: re.Match[str], text: str) -> bool:
    """Whether a token stands where a handle names an account."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() :][:20].replace("\\u0000", "")
    if after.startswith('":') and before == '"':
        return False  # a key
    if match["at"]:
        return True
    is_whole = before in ('"', "", "\n", ",", ";", "\t") and after[:1] in ('"', "", "\r", "\n", ",", ";", "\t")
    return is_whole or is_unlike_a_word(match["name"])
