"""The fields of videos as columns of JSON: for each of some videos, a member `,"name":value`, empty without a value.

Columns are made as a whole, in few calls: on a page of a hundred videos, each call per value would cost as much as the
search. To add a field: one line in a table of columns here, and its schema in admin/openapi.yaml.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import orjson

from mockserver.world.hashing import Ints, ints
from mockserver.world.hashtags import TagTexts, tag_names
from mockserver.world.timeline import WATERMARK
from mockserver.world.videos import Videos, effect_id
from mockserver.world.vocabulary import vocabulary

Members = list[bytes]
Kind = Literal["number", "text", "flag", "texts", "object", "objects", "id", "time", "name", "region"]


@dataclass(frozen=True)
class Column:
    """A field of a video's record.

    make: the members for some videos at a moment; it gets what is before the value, `,"name":`. kind: the type of a
    value; with it, your own rows can have the field too (search/own_rows_tables.py). moves: whether values change with
    time.
    """

    make: Callable[[bytes, Videos, int], Members]
    kind: Kind = "number"
    moves: bool = False

    def members(self, name: str, videos: Videos, now: int) -> Members:
        return self.make(f',"{name}":'.encode(), videos, now)


# Making members of columns of numbers, of choices and of texts. No word of the vocabulary needs escapes in JSON.


def _numbers(key: bytes, values: Ints) -> Members:
    text = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    return (key + text.replace(b",", b"\n" + key)).split(b"\n") if text else []


def _numbers_from(least: int, key: bytes, values: Ints) -> Members:
    """The numbers from `least` on; a smaller one stands for no value."""
    members = _numbers(key, values)
    for row in np.nonzero(values < least)[0].tolist():
        members[row] = b""
    return members


def _chosen(choices: Sequence[object], kind: Kind, numbers: Callable[[Videos], Ints]) -> Column:
    """The choice with the number of each video; the number -1 stands for no value."""
    texts = list(map(orjson.dumps, choices))

    def make(key: bytes, videos: Videos, _: int) -> Members:
        members = [*(key + text for text in texts), b""]
        return list(map(members.__getitem__, numbers(videos).tolist()))

    return Column(make, kind)


def _texts(key: bytes, values: Iterable[object]) -> Members:
    return [key + orjson.dumps(value) if value is not None else b"" for value in values]


def _count(what: str, least: int = 0) -> Column:
    return Column(lambda key, videos, now: _numbers_from(least, key, videos.archived(now)[what]), moves=True)


def _names(key: bytes, values: Sequence[str]) -> Members:
    opening = f'{key.decode()}"'
    return (opening + f'"\n{opening}'.join(values) + '"').encode().split(b"\n") if values else []


# Hashtags, in an order unlike that of the caption


def _hashtag_names(key: bytes, videos: Videos, _: int) -> Members:
    names, opening = list(map(videos.tag_names.__getitem__, videos.hashtag_order)), key + b'["'
    return [
        opening + b'","'.join(names[start:end]) + b'"]' if end > start else key + b"[]"
        for start, end in videos.tag_spans
    ]


def _hashtag_infos(key: bytes, videos: Videos, _: int) -> Members:
    infos, opening = _INFOS(videos.tags[1][videos.hashtag_order]), key + b"["
    return [opening + b",".join(infos[start:end]) + b"]" if end > start else b"" for start, end in videos.tag_spans]


def _infos(tags: Ints) -> list[bytes]:
    """The object of each tag."""
    infos = []
    for tag, name in zip(tags.tolist(), tag_names().names(tags), strict=True):
        description = b',"hashtag_description":"All about %b"' % name if tag % 7 == 0 else b""
        infos.append(b'{"hashtag_id":%d,"hashtag_name":"%b"%b}' % ((tag + 6_000) << 8 | WATERMARK, name, description))
    return infos


_INFOS = TagTexts(_infos)


# Objects


def _effect_infos(photo_key: str) -> Column:
    names = vocabulary().effects
    ids = effect_id(np.arange(len(names))).tolist()
    infos = [
        [{"effect_id": str(effect), "effect_name": name, photo_key: f"https://mock.invalid/effect/{effect}.png"}]
        for effect, name in zip(ids, names, strict=True)
    ]
    return _chosen(infos, "objects", lambda videos: videos.effect)


def _labelled(videos: Videos) -> Ints:
    """0 for videos about elections that have the label, else -1."""
    return ints((videos.topic == vocabulary().topics.index("election")) & (videos.shuffle % 3 == 0)) - 1


def _video_tags(kind_key: str, number_key: str, *, ai_generated: tuple[int, int]) -> Column:
    """video_tag. ai_generated: the numbers of what the creator labelled as AI-generated, and of what TikTok did.

    The documents of searches and lists swap them.
    """
    kinds = [("AIGC", number) for number in ai_generated] + [("Branded", 1), ("Branded", 7)]
    tags = [{kind_key: kind, number_key: number} for kind, number in kinds]
    return _chosen(tags, "object", lambda videos: videos.mark - 1)


_WORDS = vocabulary()
_STICKERS = [[{"sticker_id": str(700 + number), "sticker_name": name}] for number, name in enumerate(_WORDS.stickers)]
_EFFECTS = [[str(effect)] for effect in effect_id(np.arange(len(_WORDS.effects))).tolist()]
_ELECTION = {"content": "Get info on the elections", "sink": False, "type": 5, "vote": False, "warn": False}
_COMMON: Mapping[str, Column] = {
    "id": Column(lambda key, videos, now: _numbers(key, videos.ids), "id"),
    "create_time": Column(lambda key, videos, now: _numbers(key, videos.create_time), "time"),
    "username": Column(lambda key, videos, now: _names(key, videos.model.population.names(videos.author)), "name"),
    "region_code": _chosen(_WORDS.regions, "region", lambda videos: videos.region),
    "video_description": Column(lambda key, videos, now: videos.captions(key + b'"', b'"'), "text"),
    "music_id": Column(lambda key, videos, now: _numbers(key, videos.music)),
    "like_count": _count("like", least=1),  # without likes there is no such field, as in one of 27 recorded items
    "comment_count": _count("comment"),
    "share_count": _count("share"),
    "view_count": _count("view"),
    "hashtag_names": Column(_hashtag_names, "texts"),
    "is_stem_verified": _chosen((False, True), "flag", lambda videos: ints(videos.stem)),
    "favorites_count": _count("favorites"),
    "video_duration": Column(lambda key, videos, now: _numbers(key, videos.duration)),
    "hashtag_info_list": Column(_hashtag_infos, "objects"),
    "sticker_info_list": _chosen(_STICKERS, "objects", lambda videos: videos.sticker),
    "video_mention_list": Column(
        lambda key, videos, now: _texts(key, ([name] if name else None for name in videos.mention_names)), "texts"
    ),
    "video_label": _chosen([_ELECTION], "object", _labelled),
}
# The fields of video/query.
QUERY_COLUMNS: Mapping[str, Column] = {
    **_COMMON,
    "effect_ids": _chosen(_EFFECTS, "texts", lambda videos: videos.effect),
    "playlist_id": Column(lambda key, videos, now: _numbers_from(0, key, videos.playlist)),
    "voice_to_text": Column(lambda key, videos, now: _texts(key, videos.transcripts), "text"),
    "effect_info_list": _effect_infos("effect_photo_url"),
    "video_tag": _video_tags("type", "number", ai_generated=(1, 2)),
}
# The fields of videos in the lists of an account.
LIST_COLUMNS: Mapping[str, Column] = {
    **_COMMON,
    # documented, but never returned (quirk 30)
    "favourites_count": Column(lambda key, videos, now: [b""] * len(videos)),
    "effect_info_list": _effect_infos("effect_photo_URI"),
    "video_tag": _video_tags("video_tag_type", "video_tag_number", ai_generated=(2, 1)),
}
