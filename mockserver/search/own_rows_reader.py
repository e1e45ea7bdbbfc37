"""Reading your own rows from YAML, JSON or NDJSON. Each value is checked, and each mistake named with its place."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import yaml

from mockserver.behaviours.magic_names import EMPTY, MAGIC
from mockserver.search.own_rows import CONDITIONS, Account, BadRows, Comment, Playlist, Product, Rows, Shop, Video
from mockserver.search.own_rows_tables import (
    COMMENT,
    LISTS,
    PLAYLIST,
    PRODUCT,
    REVIEW,
    ROWS,
    SHOP,
    USER,
    VIDEO,
    VIDEO_COLUMNS,
    Table,
    moment,
)
from mockserver.search.records import COMMENT_FIELDS, USER_FIELDS
from mockserver.search.shops import PRODUCT_FIELDS, SHOP_FIELDS, ratings_summary
from mockserver.world.hashing import ints, key
from mockserver.world.timeline import make_id
from mockserver.world.times import SETTLED

MOST_ROWS = 10_000
_DELAY = 25  # seconds between the second in an id and the post
_NDJSON = (".ndjson", ".jsonl")
_KINDS = ("users", "videos", "comments", "shops")


def parse(text: str, name: str) -> object:
    """The content of a file: NDJSON or JSON if its name ends in .ndjson, .jsonl or .json, else YAML. Raises BadRows."""
    try:
        if name.lower().endswith(".json"):
            return orjson.loads(text)
        if not name.lower().endswith(_NDJSON):
            return yaml.safe_load(text)
        content: dict[str, list[object]] = {kind: [] for kind in _KINDS}
        for line in filter(None, map(str.strip, text.splitlines())):
            ((kind, row),) = orjson.loads(line).items()
            content[f"{kind}s"].append(row)
        return content
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadRows(f"The rows cannot be read: {' '.join(str(error).split())}") from None
    except (KeyError, AttributeError):
        raise BadRows(
            'Each line is an object with one key: {"user": …}, {"video": …}, {"comment": …} or {"shop": …}.'
        ) from None


def read_rows(content: object) -> Rows:
    """Rows as YAML or JSON has them: `users`, `videos`, `comments` and `shops`, each a list. Raises BadRows."""
    reader = _Reader()
    try:
        reader.read(content)
        source: dict[str, Any] = orjson.loads(orjson.dumps(content))
    except RecursionError:
        raise BadRows("The rows are nested too deeply.") from None
    except TypeError as error:
        raise BadRows(f"The rows contain something that JSON cannot represent: {error}.") from None
    return Rows(reader.accounts.values(), reader.videos, source, shops=reader.shops)


class _Reader:
    """What was read so far. `_count` limits their number: YAML can repeat rows endlessly."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.videos: list[Video] = []
        self.shops: list[Shop] = []
        self._ids: set[int] = set()
        self._count = 0

    def read(self, content: object) -> None:
        tables = self._values(content, "The file", dict.fromkeys(_KINDS, ROWS))
        for place, row in self._rows(tables, "users", ""):
            self._user(row, place)
        for place, row in self._rows(tables, "videos", ""):
            self._video(row, place, None)
        by_id = {video.id: video for video in self.videos}
        for place, row in self._rows(tables, "comments", ""):
            video_id = self._values(row, place, COMMENT).get("video_id")
            if video_id not in by_id:
                raise BadRows(f"{place}: video_id must be the id of a video of these rows.")
            self._comment(row, place, by_id[video_id], None)
        for place, row in self._rows(tables, "shops", ""):
            self._shop(row, place)

    def _rows(self, values: Mapping[str, Any], name: str, under: str) -> Iterator[tuple[str, object]]:
        for number, row in enumerate(values.get(name, []), 1):
            self._count += 1
            if self._count > MOST_ROWS:
                raise BadRows(f"There are more than {MOST_ROWS:,} rows. Use a larger world (--videos) instead.")
            yield f"{under}{name} row {number}", row

    def _values(self, row: object, place: str, table: Table) -> dict[str, Any]:
        """The values of a row by name; null is the same as no value."""
        if not isinstance(row, dict):
            raise BadRows(f"{place} must be an object with {', '.join(table)}.")
        values = {}
        for name, value in row.items():
            if name not in table:
                raise BadRows(f"{place} has an unknown key {str(name)[:40]!r}; available: {', '.join(table)}.")
            if value is not None:
                try:
                    values[name] = table[name](value)
                except ValueError as error:
                    raise BadRows(f"{place}: {name} {str(error).rstrip('.')}.") from None
        return values

    def _user(self, row: object, place: str) -> None:
        values = self._values(row, place, USER)
        name = values.get("username")
        if name is None:
            raise BadRows(f"{place} needs a username.")
        if name in MAGIC or name == EMPTY or name.casefold() in self.accounts:
            raise BadRows(f"{place}: there is an account {name} already: choose another name.")
        rules = [rule for condition, rule in CONDITIONS.items() if values.get(condition)]
        if len(rules) > 1:
            raise BadRows(f"{place}: an account can be only one of {', '.join(CONDITIONS)}.")
        profile = {field: values[field] for field in USER_FIELDS if field in values}
        lists = {each: values[each] for each in LISTS if each in values}
        playlists = [self._playlist(*each) for each in self._rows(values, "playlists", f"{place}, ")]
        self.accounts[name.casefold()] = Account(name, profile, "".join(rules), lists, playlists)
        for video_place, video in self._rows(values, "videos", f"{place}, "):
            self._video(video, video_place, {"username": name, "region_code": values.get("region_code", "US")})

    def _playlist(self, place: str, row: object) -> Playlist:
        values = self._values(row, place, PLAYLIST)
        if "playlist_id" not in values:
            raise BadRows(f"{place} needs a playlist_id, which the videos in it name.")
        number = self._id(values["playlist_id"], place, SETTLED)
        return Playlist(number, values.get("playlist_name", ""), values.get("playlist_last_updated"))

    def _video(self, row: object, place: str, author: dict[str, Any] | None) -> None:
        values: dict[str, Any] = (author or {"region_code": "US"}) | self._values(row, place, VIDEO)
        name = values.get("username")
        if name is None:
            raise BadRows(f"{place} needs a username.")
        if author is None and name.casefold() not in self.accounts:
            self._user({"username": name}, place)
        if author and name != author["username"]:
            raise BadRows(f"{place}: the username must be {author['username']}, that of the user row.")
        number, time = self._id_and_time(values, place)
        description = values.get("video_description", "")
        record = {
            "view_count": 0,
            "share_count": 0,
            "comment_count": len(values.get("comments", [])),
            "video_duration": 15,
            "video_description": description,
            "hashtag_names": re.findall(r"#([^\s#]+)", description),
            **{name: value for name, value in values.items() if name in VIDEO_COLUMNS},
            "id": number,
            "create_time": time,
            "username": self.accounts[name.casefold()].username,
        }
        removed_at, is_closed = values.get("removed_at", float("inf")), values.get("comments_closed", False)
        video = Video(record, number, time, removed_at, is_closed)
        self.videos.append(video)
        for comment_place, comment in self._rows(values, "comments", f"{place}, "):
            self._comment(comment, comment_place, video, None)

    def _comment(self, row: object, place: str, video: Video, parent: Comment | None) -> None:
        values = self._values(row, place, COMMENT)
        above = parent.record if parent else video.record
        values.setdefault("create_time", above["create_time"] + 60 * (len(video.comments) + 1))
        number, time = self._id_and_time(values, place)
        record = {
            "id": number,
            "video_id": video.id,
            "parent_comment_id": above["id"],
            "text": values.get("text", ""),
            "like_count": values.get("like_count", 0),
            "create_time": time,
        }
        assert set(record) | {"reply_count"} == set(COMMENT_FIELDS)
        parent_removed_at = parent.removed_at if parent else float("inf")
        comment = Comment(record, min(parent_removed_at, values.get("removed_at", float("inf"))))
        video.comments.append(comment)
        for reply_place, reply in self._rows(values, "replies", f"{place}, "):
            if parent:
                raise BadRows(f"{reply_place}: a reply cannot have replies.")
            self._comment(reply, reply_place, video, comment)

    def _shop(self, row: object, place: str) -> None:
        values = self._values(row, place, SHOP)
        if not values.get("shop_name"):
            raise BadRows(f"{place} needs a shop_name.")
        values["shop_id"] = self._id(values.get("shop_id"), place, SETTLED)
        rows = self._rows(values, "products", f"{place}, ")
        products = [self._product(product, product_place, values["shop_name"]) for product_place, product in rows]
        counts = {
            "shop_review_count": sum(len(product.reviews) for product in products),
            "item_sold_count": sum(product.record["product_sold_count"] for product in products),
        }
        self.shops.append(Shop(_only(counts | values, SHOP_FIELDS), products))

    def _product(self, row: object, place: str, shop_name: str) -> Product:
        values = self._values(row, place, PRODUCT)
        name = values.get("product_name")
        if not name:
            raise BadRows(f"{place} needs a product_name.")
        values["product_id"] = self._id(values.get("product_id"), place, SETTLED)
        reviews = [
            self._review(review, review_place, number) | {"product_name": name}
            for number, (review_place, review) in enumerate(self._rows(values, "reviews", f"{place}, "))
        ]
        summary = ratings_summary([review["review_rating"] for review in reviews])
        record = {"shop_name": shop_name, "product_sold_count": 0} | summary | values
        return Product(_only(record, PRODUCT_FIELDS), reviews)

    def _review(self, row: object, place: str, number: int) -> dict[str, Any]:
        values = self._values(row, place, REVIEW)
        if "review_rating" not in values:
            raise BadRows(f"{place} needs a review_rating, ONE to FIVE.")
        time = values.get("create_time", SETTLED - 60 * number)
        return {"review_text": "", "review_like_count": 0} | values | {"create_time": time * 1_000}

    def _id_and_time(self, values: Mapping[str, Any], place: str) -> tuple[int, int]:
        """The id and the time of a row: each follows from the other."""
        number, time = values.get("id"), values.get("create_time")
        if number is None and time is None:
            raise BadRows(f"{place} needs a create_time, such as 2026-01-31T12:00:00Z, or an id.")
        if time is None:
            assert number is not None
            try:
                time = moment((number >> 32) + _DELAY)
            except ValueError:
                raise BadRows(f"{place} needs a create_time: its id does not contain one.") from None
        return self._id(number, place, time - _DELAY), time

    def _id(self, number: int | None, place: str, second: int) -> int:
        """The id of a row, made in that second if it has none. An id that is used twice is refused."""
        if number is None:
            number = self._new_id(second, key("row", place))
        elif number in self._ids:
            raise BadRows(f"{place}: the id {number} is used twice.")
        self._ids.add(number)
        return number

    def _new_id(self, second: int, code: int) -> int:
        """An id in that second that is not used. A second has room for 32,000, more than there may be rows."""
        number = int(make_id(ints(second), ints(code % 32_000))[0])
        return number if number not in self._ids else self._new_id(second, code + 1)


def _only(record: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name in fields}
