"""Keys as people call them who know TikTok's API or another program, and how a study calls them."""

from collections.abc import Iterable

from ttapi.conditions import OPERATIONS
from ttdata.text import closest

# A name is suggested only where the key is allowed, so a word may stand for several keys.
_OTHER_NAMES = {
    "during": "date dates date_range daterange days period time timeframe time_range when start end "
    "start_date end_date from to since until between",
    "where": "query queries search filter filters conditions condition",
    "all": "and must include",
    "any": "or should",
    "none": "not exclude without must_not",
    "hashtag_name": "hashtag hashtags hashtag_names tag tags",
    "keyword": "keywords term terms word words text q phrase",
    "username": "user users account accounts handle handles usernames author creator",
    "region_code": "region regions country countries country_code",
    "video_id": "id ids video_ids",
    "music_id": "music sound sounds music_ids sound_id",
    "effect_id": "effect effects effect_ids",
    "video_length": "length duration",
    "view_count": "views plays play_count viewcount",
    "comment_count": "comments commentcount",
    "create_date": "created create_time date",
    "of": "for source parent about on",
    "max": "limit maximum max_count count number n max_comments",
    "by": "sort sort_by order order_by column rank_by field strata stratum",
    "k": "n number size count limit max top amount",
    "seed": "random_state random_seed",
    "per": "group group_by groupby within",
    "draws": "n number size k samples count",
    "every": "interval frequency each",
    "times": "n number repeat count repetitions",
    "gt": "greater greater_than more more_than > above over",
    "gte": "min minimum at_least from >= ge",
    "lt": "less less_than fewer < below under",
    "lte": "max maximum at_most to <= le until",
    "fields": "columns variables",
    "about": "expected estimate n",
    "waves": "repeat rounds",
    "random": "sample random_sample is_random",
    "sample": "random subset",
    "top": "first best most",
    "accounts": "usernames handles account user_list creators",
    "videos": "video posts search query queries",
    "users": "user profiles profile user_info",
    "comments": "comment",
    "followers": "follower",
    "liked": "likes liked_videos",
    "reposted": "reposts reposted_videos",
    "pinned": "pins pinned_videos",
    "ids": "video_ids video_id urls links",
    "names": "name list",
    "study": "name title project",
    "datasets": "dataset data",
    "streams": "parallel threads workers jobs cores",
    "daily": "requests limit per_day quota",
    "use": "share fraction part",
    "deadline": "until end date by",
    "requests": "max budget limit total max_requests",
    "base_url": "url host server address",
    "per_slice": "max retries attempts",
    "at_least": "min minimum expect expected count",
    "index": "videos",
    "last": "days previous",
    "file": "files path csv filename",
    "reason": "why because comment note",
    "slice": "name shard id",
}


def meant_key(name: str, known: Iterable[object]) -> str | None:
    """The known key that a name stands for; None if there is none."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    allowed = [str(each) for each in known]
    if plain in allowed:
        return plain
    return next((key for key in allowed if plain in _OTHER_NAMES.get(key, "").split()), None)


def likely_key(name: str, known: Iterable[object]) -> str | None:
    """The known key that a name stands for, or that is spelled almost like it."""
    allowed = [str(each) for each in known]
    return meant_key(name, allowed) or closest(name, allowed) or None


def key_hint(name: str, known: Iterable[object]) -> str:
    """A suggestion for a name that is no key here, with a blank before it; "" if none is likely."""
    likely = likely_key(name, known)
    return f" Did you mean {likely!r}?" if likely else ""


def elsewhere(name: str) -> str | None:
    """The field of a condition that a name stands for."""
    return meant_key(name, OPERATIONS)
