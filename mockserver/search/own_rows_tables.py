"""The keys of your own rows, and how the value of each is read and checked."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from mockserver.search.columns import LIST_COLUMNS, QUERY_COLUMNS
from mockserver.search.own_rows import CONDITIONS
from mockserver.search.parameters import LARGEST
from mockserver.search.query import REGIONS
from mockserver.search.records import USER_FIELDS
from mockserver.search.shops import PRODUCT_FIELDS, RATINGS
from mockserver.world.timeline import is_synthetic, with_watermark
from mockserver.world.times import ClockError, read_time, within

LONGEST_TEXT = 10_000
_NAME = re.compile(r"[A-Za-z0-9._]{1,24}")
_PRICE = re.compile(r"[0-9.]+[A-Z]{3}")

# Values: each reader returns the value as the API would, or raises ValueError with what it must be.


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {value!r:.40}: put it in quotes")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"must be a text of at most {LONGEST_TEXT:,} characters")
    return value.encode("utf-8", "replace").decode()


def _name(value: object) -> str:
    name = _text(value).lstrip("@")
    if not _NAME.fullmatch(name):
        raise ValueError("must be a name of up to 24 letters, digits, dots and underscores")
    return name


def _region(value: object) -> str:
    if _text(value).upper() not in REGIONS:
        raise ValueError(f"must be a region code of two letters, not {value!r:.40}")
    return _text(value).upper()


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise ValueError("must be a whole number, 0 or more")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def moment(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return int(within(value))
        except ClockError as error:
            raise ValueError(f"must be a time: {error}") from None
    if isinstance(value, datetime | date):  # YAML reads them so
        value = value.isoformat()
    try:
        return int(read_time(_text(value)))
    except ClockError as error:
        raise ValueError(f"must be a time: {error}") from None


def _id(value: object) -> int:
    """Your own id. It must have the watermark, so that nobody can mistake it for a real one."""
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) else _whole(value)
    if not is_synthetic(number):
        raise ValueError(f"must have the watermark of invented ids: leave it out, or use {with_watermark(number)}")
    return _whole(number)


def _price(value: object) -> str:
    if not _PRICE.fullmatch(_text(value)):
        raise ValueError(f"must be prices with a currency, such as 20.79GBP, not {value!r:.40}")
    return _text(value)


def _rating(value: object) -> str:
    if value not in RATINGS:
        raise ValueError(f"must be one of {', '.join(RATINGS)}")
    return str(value)


def _each(read: Callable[[object], Any]) -> Callable[[object], list[Any]]:
    def read_list(value: object) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError("must be a list")
        return [read(each) for each in value]

    return read_list


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and isinstance(each, str | int) for name, each in value.items()
    ):
        raise ValueError("must be an object of texts, numbers, true and false")
    return dict(value)


Table = Mapping[str, Callable[[object], Any]]
_OF_KIND: Table = {  # of a column of columns.py
    "number": _whole,
    "text": _text,
    "flag": _flag,
    "texts": _each(_text),
    "object": _object,
    "objects": _each(_object),
    "id": _id,
    "time": moment,
    "name": _name,
    "region": _region,
}
ROWS = _each(lambda row: row)  # rows inside a row are read later
_LIST_NAMES = {"followers": _name, "following": _name}
_LIST_IDS = dict.fromkeys(("liked_videos", "pinned_videos", "reposted_videos"), _whole)
LISTS: Table = {name: _each(read) for name, read in (_LIST_NAMES | _LIST_IDS).items()}
USER: Table = {
    "username": _name,
    **{name: _flag if name == "is_verified" else _whole if name.endswith("_count") else _text for name in USER_FIELDS},
    **dict.fromkeys(CONDITIONS, _flag),
    **LISTS,
    "region_code": _region,
    "videos": ROWS,
    "playlists": ROWS,
}
VIDEO_COLUMNS = {**QUERY_COLUMNS, **LIST_COLUMNS}
VIDEO: Table = {
    **{name: _OF_KIND[column.kind] for name, column in VIDEO_COLUMNS.items()},
    "comments_closed": _flag,
    "removed_at": moment,
    "comments": ROWS,
}
COMMENT: Table = {
    "id": _id,
    "video_id": _id,
    "text": _text,
    "like_count": _whole,
    **dict.fromkeys(("create_time", "removed_at"), moment),
    "replies": ROWS,
}
PLAYLIST: Table = {"playlist_id": _id, "playlist_name": _text, "playlist_last_updated": moment}
SHOP: Table = {
    "shop_id": _id,
    **dict.fromkeys(("shop_name", "shop_rating"), _text),
    **dict.fromkeys(("shop_review_count", "item_sold_count", "shop_performance_value"), _whole),
    "products": ROWS,
}
PRODUCT: Table = {
    "product_id": _id,
    **dict.fromkeys(("product_name", "product_description", "product_rating"), _text),
    "product_price": _each(_price),
    **{name: _whole for name in PRODUCT_FIELDS if name.endswith("_count")},
    "reviews": ROWS,
}
REVIEW: Table = {
    **dict.fromkeys(("review_text", "display_name"), _text),
    "review_like_count": _whole,
    "create_time": moment,
    "review_rating": _rating,
}
