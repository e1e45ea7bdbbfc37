"""The items that a command requests, such as accounts and videos, as people paste them."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ttapi.answer import MAX_DIGITS
from ttapi.days import is_whole
from ttapi.handles import handle_problem, read_handle
from ttapi.text import one_line, strip_invisible
from ttapi.video_ids import read_video_id


def read_items(key: str, items: Sequence[str]) -> list[str | int]:
    """Return the items to request, each once. key: the body key of an item.

    Raises ValueError, which names all items that cannot be requested.
    """
    read, noun, advice = _READERS.get(key, _OTHER_IDS if key.endswith("_id") else _OTHER_TEXTS)
    values = {item: read(item) for item in items}
    if wrong := [item for item, value in values.items() if value is None]:
        raise ValueError(" ".join(f'"{one_line(item)}" is not {noun}. {advice(item)}' for item in wrong))
    return [value for value in dict.fromkeys(values.values()) if value is not None]


def _read_id(text: str) -> int | None:
    text = strip_invisible(text)
    return int(text) if is_whole(text) and len(text) <= MAX_DIGITS else None


def _read_digits(text: str) -> str | None:
    text = strip_invisible(text)
    return text if is_whole(text) else None


def _read_text(text: str) -> str | None:
    return strip_invisible(text) or None


class _Reader(NamedTuple):
    """How the items of a body key are read: the value of an item or None, what it should be, and what is wrong."""

    read: Callable[[str], str | int | None]
    noun: str
    advice: Callable[[str], str]


_VIDEO = "Give its number, or its address, such as https://www.tiktok.com/@name/video/7456123456789012345."
_OTHER_IDS = _Reader(_read_id, "an id", lambda item: "An id is a whole number.")
_OTHER_TEXTS = _Reader(_read_text, "a name", lambda item: "It is empty.")
_READERS: Mapping[str, _Reader] = {
    "username": _Reader(read_handle, "a handle", handle_problem),
    "video_id": _Reader(read_video_id, "the id of a video", lambda item: _VIDEO),
    "product_id": _OTHER_IDS._replace(read=_read_digits),  # text in the API's documents, unlike the other ids
}
