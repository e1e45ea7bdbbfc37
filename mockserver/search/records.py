"""Records as the API gives them: only the fields asked for, and of these only those that have a value."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from random import Random

from mockserver.search.query import effect_ids
from mockserver.world.timeline import WATERMARK
from mockserver.world.videos import Videos
from mockserver.world.vocabulary import vocabulary

Record = dict[str, object]
Column = Callable[[Videos, int], Sequence[object]]

_MARKS = {1: ("AIGC", 1), 2: ("AIGC", 2), 3: ("Branded", 1), 4: ("Branded", 7)}
_ELECTION = "Get info on the elections"


def _count(what: str) -> Column:
    return lambda videos, now: videos.counts(what, videos.observed(now)).tolist()


def _like_counts(videos: Videos, now: int) -> Sequence[object]:
    """No likes: the field is missing, as in one of 27 recorded items."""
    return [count or None for count in videos.counts("like", videos.observed(now)).tolist()]


def _effects(videos: Videos, _: int) -> list[object]:
    return [[str(effect)] if effect >= 0 else None for effect in effect_ids(videos).tolist()]


def _effect_infos(photo: str) -> Column:
    def column(videos: Videos, _: int) -> list[object]:
        names = vocabulary().effects
        return [
            [
                {
                    "effect_id": str(effect),
                    "effect_name": names[number],
                    photo: f"https://mock.invalid/effect/{effect}.png",
                }
            ]
            if number >= 0
            else None
            for effect, number in zip(effect_ids(videos).tolist(), videos.effect.tolist(), strict=True)
        ]

    return column


def _hashtag_infos(videos: Videos, _: int) -> list[object]:
    out: list[object] = []
    names = videos.laws.tag_names(videos.tags)
    for row in videos.tags.tolist():
        infos = []
        for tag in dict.fromkeys(tag for tag in row if tag >= 0):
            info: Record = {"hashtag_id": (tag + 6_000) << 8 | WATERMARK, "hashtag_name": names[tag]}
            if tag % 7 == 0:
                info["hashtag_description"] = f"All about {info['hashtag_name']}"
            infos.append(info)
        out.append(infos or None)
    return out


def _stickers(videos: Videos, _: int) -> list[object]:
    names = vocabulary().stickers
    return [
        [{"sticker_id": str(700 + sticker), "sticker_name": names[sticker]}] if sticker >= 0 else None
        for sticker in videos.sticker.tolist()
    ]


def _mentions(videos: Videos, _: int) -> list[object]:
    names = iter(videos.laws.population.names(videos.mention[videos.mention >= 0]))
    return [[next(names)] if mention >= 0 else None for mention in videos.mention.tolist()]


def _labels(videos: Videos, _: int) -> list[object]:
    election = vocabulary().topics.index("election")
    label = {"content": _ELECTION, "sink": False, "type": 5, "vote": False, "warn": False}
    return [
        label if topic == election and mark % 3 == 0 else None
        for topic, mark in zip(videos.topic.tolist(), videos.shuffle.tolist(), strict=True)
    ]


def _tag_marks(kind: str, number: str, *, swapped: bool) -> Column:
    """The two documents disagree on what AIGC 1 and 2 mean; the world keeps the video, so the number changes."""

    def column(videos: Videos, _: int) -> list[object]:
        out: list[object] = []
        for mark in videos.mark.tolist():
            name, value = _MARKS.get(mark, ("", 0))
            out.append({kind: name, number: 3 - value if swapped and name == "AIGC" else value} if mark else None)
        return out

    return column


_EVERYWHERE: Mapping[str, Column] = {
    "id": lambda videos, now: videos.ids.tolist(),
    "create_time": lambda videos, now: videos.create_time.tolist(),
    "username": lambda videos, now: videos.laws.population.names(videos.author),
    "region_code": lambda videos, now: [vocabulary().regions[region] for region in videos.region.tolist()],
    "video_description": lambda videos, now: videos.descriptions(),
    "music_id": lambda videos, now: videos.music.tolist(),
    "like_count": _like_counts,
    "comment_count": _count("comment"),
    "share_count": _count("share"),
    "view_count": _count("view"),
    "hashtag_names": lambda videos, now: videos.hashtags,
    "is_stem_verified": lambda videos, now: videos.stem.tolist(),
    "favorites_count": _count("favorites"),
    "video_duration": lambda videos, now: videos.duration.tolist(),
    "hashtag_info_list": _hashtag_infos,
    "sticker_info_list": _stickers,
    "video_mention_list": _mentions,
    "video_label": _labels,
}
QUERY_COLUMNS: Mapping[str, Column] = {
    **_EVERYWHERE,
    "effect_ids": _effects,
    "playlist_id": lambda videos, now: [playlist if playlist >= 0 else None for playlist in videos.playlist.tolist()],
    "voice_to_text": lambda videos, now: videos.transcripts(),
    "effect_info_list": _effect_infos("effect_photo_url"),
    "video_tag": _tag_marks("type", "number", swapped=False),
}
LIST_COLUMNS: Mapping[str, Column] = {
    **_EVERYWHERE,
    "favourites_count": lambda videos, now: [None] * len(videos),  # named in the documents, never there (quirk 30)
    "effect_info_list": _effect_infos("effect_photo_URI"),
    "video_tag": _tag_marks("video_tag_type", "video_tag_number", swapped=True),
}
USER_FIELDS = (
    *("display_name", "bio_description", "avatar_url", "is_verified"),
    *("follower_count", "following_count", "likes_count", "video_count", "bio_url"),
)
COMMENT_FIELDS = ("id", "video_id", "text", "like_count", "reply_count", "parent_comment_id", "create_time")


def video_records(videos: Videos, now: int, fields: Sequence[str], columns: Mapping[str, Column]) -> list[Record]:
    """One record a video, with the fields that have a value, in an order that changes from record to record."""
    values = {name: columns[name](videos, now) for name in fields}
    orders = _orders(tuple(fields))
    return [
        {name: value for name in orders[turn] if (value := values[name][row]) is not None}
        for row, turn in enumerate(videos.shuffle.tolist())
    ]


def project(record: Mapping[str, object], fields: Sequence[str], turn: int) -> Record:
    """A record with the fields asked for that have a value."""
    order = _orders(tuple(fields))[turn % 8]
    return {name: record[name] for name in order if record.get(name) is not None}


@cache
def _orders(fields: tuple[str, ...]) -> list[list[str]]:
    """Eight orders of the same names; real answers keep none."""
    orders = []
    for turn in range(8):
        order = list(fields)
        Random(turn).shuffle(order)  # noqa: S311
        orders.append(order)
    return orders
