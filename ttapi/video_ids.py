"""The id of a video in what people write down: digits, or the address of the video."""

import re

from ttapi.text import strip_invisible

LARGEST = 2**63 - 1
_ID = re.compile(r"\d{1,19}", re.A)
_ADDRESS = re.compile(
    r"(?:(?:https?:)?//)?(?:[\w-]+\.)*tiktokv?\.com(?::\d+)?/(?:[^\s/?#]+/)*(?:video|photo|v)/(\d{1,19})(?:\.html)?"
    r"(?:[/?#](?:(?!://)[^\s,;\"'])*)?",  # not the beginning of a second address
    re.A | re.I,
)


def read_video_id(text: str) -> int | None:
    """Return the id that a text contains, as digits or as the address of a video; None if it contains none."""
    text = strip_invisible(text)
    address = _ADDRESS.fullmatch(text)
    digits = address[1] if address else text
    return int(digits) if _ID.fullmatch(digits) and 0 < int(digits) <= LARGEST else None
