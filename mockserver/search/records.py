"""Records as the API returns them: only the requested fields, and of these only those that have a value.

To add a field of videos: one line in a table of columns here, and its schema in admin/openapi.yaml.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Literal

from mockserver.search.query import effect_ids
from mockserver.world.timeline import WATERMARK
from mockserver.world.videos import Videos
from mockserver.world.vocabulary import vocabulary

Record = dict[str, object]
Values = Callable[[Videos, int], Sequence[object]]

_MARKS = {1: ("AIGC", 1), 2: ("AIGC", 2), 3: ("Branded", 1), 4: ("Branded", 7)}
_ELECTION = "Get info on the elections"


@dataclass(frozen=True)
class Column:
    """A field of a video's record.

    values: of some videos at a moment, None where a video has no value. kind: the type of a value; with it, your own
    rows can have the field too (search/own_rows_reader.py).
    """

    values: Values
    kind: Literal["number", "text", "flag", "texts", "object", "objects", "id", "time", "name", "region"] = "number"


def _count(what: str) -> Column:
    return Column(lambda videos, now: videos.counts(what, videos.observed(now)).tolist())


def _like_counts(videos: Videos, now: int) -> Sequence[object]:
    """A video without likes has no such field, as one in 27 recorded items."""
    return [count or None for count in videos.counts("like", videos.observed(now)).tolist()]


def _effects(videos: Videos, _: int) -> list[object]:
    return [[str(effect)] if effect >= 0 else None for effect in effect_ids(videos).tolist()]


def _effect_infos(photo_key: str) -> Column:
    def values(videos: Videos, _: int) -> list[object]:
        names = vocabulary().effects
        return [
            [
                {
                    "effect_id": str(effect),
                    "effect_name": names[number],
                    photo_key: f"https://mock.invalid/effect/{effect}.png",
                }
            ]
            if number >= 0
            else None
            for effect, number in zip(effect_ids(videos).tolist(), videos.effect.tolist(), strict=True)
        ]

    return Column(values, "objects")


def _hashtag_infos(videos: Videos, _: int) -> list[object]:
    lists: list[object] = []
    names = videos.model.tag_names(videos.tags)
    for row in videos.tags.tolist():
        infos = []
        for tag in dict.fromkeys(tag for tag in row if tag >= 0):
            info: Record = {"hashtag_id": (tag + 6_000) << 8 | WATERMARK, "hashtag_name": names[tag]}
            if tag % 7 == 0:
                info["hashtag_description"] = f"All about {info['hashtag_name']}"
            infos.append(info)
        lists.append(infos or None)
    return lists


def _stickers(videos: Videos, _: int) -> list[object]:
    names = vocabulary().stickers
    return [
        [{"sticker_id": str(700 + sticker), "sticker_name": names[sticker]}] if sticker >= 0 else None
        for sticker in videos.sticker.tolist()
    ]


def _mentions(videos: Videos, _: int) -> list[object]:
    names = iter(videos.model.population.names(videos.mention[videos.mention >= 0]))
    return [[next(names)] if mention >= 0 else None for mention in videos.mention.tolist()]


def _labels(videos: Videos, _: int) -> list[object]:
    election = vocabulary().topics.index("election")
    label = {"content": _ELECTION, "sink": False, "type": 5, "vote": False, "warn": False}
    return [
        label if topic == election and turn % 3 == 0 else None
        for topic, turn in zip(videos.topic.tolist(), videos.shuffle.tolist(), strict=True)
    ]


def _video_tags(kind_key: str, number_key: str, *, swapped: bool) -> Column:
    """video_tag. The documents of searches and lists swap the meaning of AIGC 1 and 2, so the number differs too."""

    def values(videos: Videos, _: int) -> list[object]:
        tags: list[object] = []
        for mark in videos.mark.tolist():
            name, number = _MARKS.get(mark, ("", 0))
            number = 3 - number if swapped and name == "AIGC" else number
            tags.append({kind_key: name, number_key: number} if mark else None)
        return tags

    return Column(values, "object")


_COMMON: Mapping[str, Column] = {
    "id": Column(lambda videos, now: videos.ids.tolist(), "id"),
    "create_time": Column(lambda videos, now: videos.create_time.tolist(), "time"),
    "username": Column(lambda videos, now: videos.model.population.names(videos.author), "name"),
    "region_code": Column(
        lambda videos, now: [vocabulary().regions[region] for region in videos.region.tolist()], "region"
    ),
    "video_description": Column(lambda videos, now: videos.descriptions(), "text"),
    "music_id": Column(lambda videos, now: videos.music.tolist()),
    "like_count": Column(_like_counts),
    "comment_count": _count("comment"),
    "share_count": _count("share"),
    "view_count": _count("view"),
    "hashtag_names": Column(lambda videos, now: videos.hashtags, "texts"),
    "is_stem_verified": Column(lambda videos, now: videos.stem.tolist(), "flag"),
    "favorites_count": _count("favorites"),
    "video_duration": Column(lambda videos, now: videos.duration.tolist()),
    "hashtag_info_list": Column(_hashtag_infos, "objects"),
    "sticker_info_list": Column(_stickers, "objects"),
    "video_mention_list": Column(_mentions, "texts"),
    "video_label": Column(_labels, "object"),
}
# The fields of video/query.
QUERY_COLUMNS: Mapping[str, Column] = {
    **_COMMON,
    "effect_ids": Column(_effects, "texts"),
    "playlist_id": Column(
        lambda videos, now: [playlist if playlist >= 0 else None for playlist in videos.playlist.tolist()]
    ),
    "voice_to_text": Column(lambda videos, now: videos.transcripts(), "text"),
    "effect_info_list": _effect_infos("effect_photo_url"),
    "video_tag": _video_tags("type", "number", swapped=False),
}
# The fields of videos in the lists of an account.
LIST_COLUMNS: Mapping[str, Column] = {
    **_COMMON,
    "favourites_count": Column(lambda videos, now: [None] * len(videos)),  # documented, never in an answer (quirk 30)
    "effect_info_list": _effect_infos("effect_photo_URI"),
    "video_tag": _video_tags("video_tag_type", "video_tag_number", swapped=True),
}
USER_FIELDS = (
    *("display_name", "bio_description", "avatar_url", "is_verified"),
    *("follower_count", "following_count", "likes_count", "video_count", "bio_url"),
)
COMMENT_FIELDS = ("id", "video_id", "text", "like_count", "reply_count", "parent_comment_id", "create_time")


def video_records(videos: Videos, now: int, fields: Sequence[str], columns: Mapping[str, Column]) -> list[Record]:
    """One record per video, with the fields that have a value. The order of keys changes from record to record."""
    values = {name: columns[name].values(videos, now) for name in fields}
    orders = _orders(tuple(fields))
    return [
        {name: value for name in orders[turn] if (value := values[name][row]) is not None}
        for row, turn in enumerate(videos.shuffle.tolist())
    ]


def project(record: Mapping[str, object], fields: Sequence[str], turn: int) -> Record:
    """A record with those of the fields that have a value. turn: which of eight orders the keys have."""
    order = _orders(tuple(fields))[turn % 8]
    return {name: record[name] for name in order if record.get(name) is not None}


@cache
def _orders(fields: tuple[str, ...]) -> list[list[str]]:
    """Eight orders of the same names: real answers have none that stays."""
    orders = []
    for turn in range(8):
        order = list(fields)
        Random(turn).shuffle(order)  # noqa: S311
        orders.append(order)
    return orders
