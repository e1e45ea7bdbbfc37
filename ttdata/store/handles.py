"""The handle of an account in texts: where it names the account, and where it is an ordinary word or a hashtag.

A handle with a digit, a dot or an underscore is no word of a language, so it counts wherever it stands alone. Any other
one, such as love, counts after an @. A hashtag never names an account.
"""

import json
import re
from collections.abc import Callable

ERASED = "[erased]"
"""What a text has in the place of an erased handle."""

IsErased = Callable[[str], bool]
_WORD = r"[A-Za-z0-9._]"
# A token that may be a handle, with the @ before it; no dot at its end, which ends a sentence.
_TOKEN = re.compile(rf"(?<!{_WORD})(?<!#)(?P<at>@?)(?P<name>{_WORD}*[A-Za-z0-9_])(?!{_WORD}*[A-Za-z0-9_])")
_UNLIKE_A_WORD = re.compile(r"[0-9._]")
_SHORTEST = 5
_STRING = re.compile(r'"(?P<content>(?:[^"\\]|\\.)*)"(?P<colon>\s*:)?')
_HASHTAGS = ("hashtag_names", "hashtag_name")
# Keys whose whole value is the name of an account.
_NAMES = ("username", "video_mention_list")


def is_unlike_a_word(name: str) -> bool:
    """Whether a handle counts wherever it stands alone."""
    return len(name) >= _SHORTEST and bool(_UNLIKE_A_WORD.search(name))


def without_handles(json_text: str, is_erased: IsErased) -> tuple[str, int]:
    """A JSON text in which values name no erased account, and how often they did. Keys and hashtags stay."""
    key, number = "", 0

    def masked(match: re.Match[str]) -> str:
        nonlocal key, number
        if match["colon"]:
            key = match["content"]
            return match[0]
        if key in _HASHTAGS:
            return match[0]
        content, found = _masked(match["content"], is_erased, is_name=key in _NAMES)
        number += found
        return f'"{content}"' if found else match[0]

    return _STRING.sub(masked, json_text), number


def without_handles_in_text(text: str, is_erased: IsErased) -> tuple[str, int]:
    """The same for a text that is no JSON."""
    return _masked(text, is_erased, is_name=False)


def _masked(text: str, is_erased: IsErased, *, is_name: bool) -> tuple[str, int]:
    if is_name and is_erased(json.loads(f'"{text}"')):
        return ERASED, 1
    number = 0

    def mask(match: re.Match[str]) -> str:
        nonlocal number
        if not (_counts(match) and is_erased(match["name"])):
            return match[0]
        number += 1
        return f"{match['at']}{ERASED}"

    return _TOKEN.sub(mask, text), number


def named(text: str, is_erased: IsErased, *, alone: bool = True) -> bool:
    """Whether a text names an erased account. alone: also without an @, if the handle is unlike a word."""
    return any(
        (match["at"] or (alone and _counts(match))) and is_erased(match["name"]) for match in _TOKEN.finditer(text)
    )


def _counts(match: re.Match[str]) -> bool:
    """Whether a token stands where a handle names an account."""
    return bool(match["at"]) or is_unlike_a_word(match["name"])
