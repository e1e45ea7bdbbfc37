"""The query language of video/query: conditions read, checked, and evaluated on columns of videos."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import numpy as np

from mockserver.behaviours.refusals import Refusal
from mockserver.search.parameters import LARGEST, WHOLE
from mockserver.world.hashing import Ints, Mask
from mockserver.world.videos import Videos
from mockserver.world.vocabulary import is_unspaced, vocabulary, words
from mockserver.world.world import World

COMPARISONS: Mapping[str, Callable[[Ints, int], Mask]] = {
    "EQ": lambda column, value: column == value,
    "GT": lambda column, value: column > value,
    "GTE": lambda column, value: column >= value,
    "LT": lambda column, value: column < value,
    "LTE": lambda column, value: column <= value,
}
OPERATIONS = ("EQ", "IN", "GT", "GTE", "LT", "LTE")
LENGTHS = {"SHORT": (0, 14), "MID": (15, 60), "LONG": (61, 300), "EXTRA_LONG": (301, 1 << 31)}  # seconds, both included
REGIONS = frozenset(files(__package__).joinpath("region_codes.txt").read_text("ascii").split())  # the documented 245
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Moment:
    """What a condition may look at beside the videos: the world, and the virtual time."""

    world: World
    now: int


Test = Callable[[Videos, Moment], Mask]
Make = Callable[[str, tuple[str, ...], World], Test]


@dataclass(frozen=True)
class Condition:
    """One condition, checked."""

    field: str
    operation: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """(all of `all`) and (one of `any`, if there are any) and (none of `none`)."""

    all: tuple[Condition, ...]
    any: tuple[Condition, ...]
    none: tuple[Condition, ...]

    def body(self) -> dict[str, list[dict[str, object]]]:
        """The query as a request says it, without what means nothing."""
        return {
            name: [
                {"field_name": each.field, "operation": each.operation, "field_values": list(each.values)}
                for each in group
            ]
            for name, group in (("and", self.all), ("or", self.any), ("not", self.none))
        }

    def compiled(self, world: World) -> Test:
        """The query as one function of videos; names are looked up once."""
        every, some, no = (
            [_FIELDS[each.field].make(each.operation, each.values, world) for each in group]
            for group in (self.all, self.any, self.none)
        )

        def test(videos: Videos, moment: Moment) -> Mask:
            hit = np.ones(len(videos), dtype=bool)
            for condition in every:
                hit &= condition(videos, moment)
            for condition in no:
                hit &= ~condition(videos, moment)
            if some:
                hit &= _any([condition(videos, moment) for condition in some])
            return hit

        return test


# Reading


def read_query(query: object) -> Query:
    """Check a query as it came in the body. Raises Refusal, naming what is wrong."""
    if not isinstance(query, dict):
        raise Refusal("query-shape", "it must be an object with and, or, not.")
    if unknown := sorted(set(query) - {"and", "or", "not"}):
        raise Refusal("query-shape", f"unknown key {unknown[0]!r}; it takes and, or, not.")
    groups = [_read_group(query.get(name)) for name in ("and", "or", "not")]
    if not any(groups):
        raise Refusal("query-empty")
    return Query(*groups)


def _read_group(group: object) -> tuple[Condition, ...]:
    if group is None:
        return ()
    if not isinstance(group, list):
        raise Refusal("query-shape", "and, or, not are lists of conditions.")
    return tuple(_read_condition(each) for each in group)


def _read_condition(condition: object) -> Condition:
    if not isinstance(condition, dict) or not {"field_name", "operation", "field_values"} <= set(condition):
        raise Refusal("query-shape", "a condition has field_name, operation and field_values.")
    name, operation, values = (condition[part] for part in ("field_name", "operation", "field_values"))
    field = _FIELDS.get(name) if isinstance(name, str) else None
    if field is None:
        raise Refusal("query-field", str(name))
    if operation not in OPERATIONS:
        raise Refusal("query-operation", f"{operation} is not one of {', '.join(OPERATIONS)}.")
    if not field.ordered and operation not in ("EQ", "IN"):
        raise Refusal("query-operation", f"{operation} is not supported for {name}.")
    if not isinstance(values, list) or not values:
        raise Refusal("query-value", f"{name} needs a list of at least one value.")
    if operation != "IN" and len(values) != 1:
        raise Refusal("query-one-value", operation)
    return Condition(name, operation, tuple(field.read(_text(value)) for value in values))


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refusal("query-value", "values are strings.")
    return str(value).strip()


def read_window(start: object, end: object, *, loose: bool = False) -> tuple[int, int]:
    """The seconds [start, end) of two dates YYYYMMDD, both days included. loose: however far apart they are."""
    first, last = (_date(name, value) for name, value in (("start_date", start), ("end_date", end)))
    if last < first:
        raise Refusal("dates", "`end_date` must not be before `start_date`.")
    if last - first > 30 * DAY and not loose:
        raise Refusal("window")
    return int(first.timestamp()), int(last.timestamp()) + 86_400


def _date(name: str, value: object) -> datetime:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if len(text) == 8 and text.isascii() and text.isdigit():
        try:
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
        except ValueError:
            pass
    raise Refusal("dates", f"`{name}` must be a date of the form YYYYMMDD.")


def day_of(text: str) -> int:
    """The days since 1970 of a date YYYYMMDD."""
    return int(_date("field_values", text).timestamp()) // 86_400


def _integer(value: str) -> str:
    if not WHOLE.fullmatch(value):
        raise Refusal("query-value", f"{value[:40]!r} is not a whole number.")
    return value


def _day(value: str) -> str:
    _date("field_values", value)
    return value


def _region(value: str) -> str:
    if value.upper() not in REGIONS:
        raise Refusal("query-value", f"{value[:40]!r} is not a region code.")
    return value.upper()


def _length(value: str) -> str:
    if value.upper() not in LENGTHS:
        raise Refusal("query-value", f"{value[:40]!r} is not one of {', '.join(LENGTHS)}.")
    return value.upper()


def _anything(value: str) -> str:
    return value


# Evaluating


def _any(masks: list[Mask]) -> Mask:
    combined: Mask = np.logical_or.reduce(masks)
    return combined


def _numbers(column: Callable[[Videos, Moment], Ints]) -> Make:
    def make(operation: str, values: tuple[str, ...], _: World) -> Test:
        wanted = [max(-1, min(int(value), LARGEST)) for value in values]
        if operation == "IN":
            return lambda videos, moment: np.isin(column(videos, moment), wanted)
        return lambda videos, moment: COMPARISONS[operation](column(videos, moment), wanted[0])

    return make


def _dates(operation: str, values: tuple[str, ...], _: World) -> Test:
    wanted = [day_of(value) for value in values]
    if operation == "IN":
        return lambda videos, moment: np.isin(videos.create_time // 86_400, wanted)
    return lambda videos, moment: COMPARISONS[operation](videos.create_time // 86_400, wanted[0])


def _usernames(_: str, values: tuple[str, ...], world: World) -> Test:
    found = [world.population.find(value.lstrip("@")) for value in values]
    wanted = [who for who in found if who is not None]
    return lambda videos, moment: np.isin(videos.author, wanted)


def _regions(_: str, values: tuple[str, ...], world: World) -> Test:
    wanted = [number for number, region in enumerate(vocabulary().regions) if region in values]
    return lambda videos, moment: np.isin(videos.region, wanted)


def _hashtags(_: str, values: tuple[str, ...], world: World) -> Test:
    wanted = [tag for value in values if (tag := world.laws.find_tag(value.lstrip("#"))) >= 0]
    return lambda videos, moment: _any(list(np.isin(videos.tags, wanted).T))


def _lengths(_: str, values: tuple[str, ...], world: World) -> Test:
    bounds = [LENGTHS[value] for value in values]
    return lambda videos, moment: _any([(videos.duration >= a) & (videos.duration <= b) for a, b in bounds])


def _keywords(_: str, values: tuple[str, ...], world: World) -> Test:
    tests = [_keyword(value, world) for value in values]
    return lambda videos, moment: _any([test(videos) for test in tests])


def says(description: str, keyword: str) -> bool:
    """Whether a description holds a keyword: its words in a row, in any case; in Thai and Chinese anywhere."""
    if _is_text(keyword):
        return keyword.casefold() in description.casefold()
    wanted, there = words(keyword), words(description)
    return any(there[at : at + len(wanted)] == wanted for at in range(len(there) - len(wanted) + 1))


def _is_text(keyword: str) -> bool:
    """Whether a keyword is looked for as text: it has no words to compare (emoji) or none that blanks separate."""
    return is_unspaced(keyword) or not words(keyword)


def _keyword(keyword: str, world: World) -> Callable[[Videos], Mask]:
    """Find candidates by the numbers of their phrases, tags and mentions; then look at the text itself."""
    vocab = vocabulary()
    keyword = keyword.lstrip("#@")
    as_text = _is_text(keyword)
    parts = keyword.casefold().split() if as_text else words(keyword)

    def holds(text: str, part: str) -> bool:
        return part in (text.casefold() if as_text else words(text))

    phrases = [np.array([holds(phrase, part) for phrase in vocab.phrases]) for part in parts]
    tags = [
        np.array([number for number, tag in enumerate(vocab.tags) if holds(tag, part)] + [world.laws.find_tag(part)])
        for part in parts
    ]
    mentions = [world.population.named(part) for part in parts]

    def mentioned(videos: Videos, holds_word: Callable[[Ints], Mask]) -> Mask:
        out = videos.mention >= 0
        out[out] = True if as_text else holds_word(videos.mention[out])
        return out

    def test(videos: Videos) -> Mask:
        hit = np.full(len(videos), bool(parts))
        called = np.zeros(len(videos), dtype=bool)
        for phrase, tag, mention in zip(phrases, tags, mentions, strict=True):
            spoken = (phrase[videos.phrases] & (videos.phrases >= 0)).any(axis=1)
            tagged = np.isin(videos.tags, tag[tag >= 0]).any(axis=1)
            named = mentioned(videos, mention)
            called |= named
            hit &= spoken | tagged | named
        rows = np.nonzero(hit if len(parts) > 1 or as_text else hit & called)[0]
        texts = Videos(videos.laws, videos.index[rows]).descriptions()
        hit[rows] = [says(text, keyword) for text in texts]
        return hit

    return test


@dataclass(frozen=True)
class Field:
    """A field that conditions may name."""

    read: Callable[[str], str]
    make: Make
    ordered: bool = False


_FIELDS: Mapping[str, Field] = {
    "create_date": Field(_day, _dates, ordered=True),
    "username": Field(_anything, _usernames),
    "region_code": Field(_region, _regions),
    "video_id": Field(_integer, _numbers(lambda videos, moment: videos.ids)),
    "hashtag_name": Field(_anything, _hashtags),
    "keyword": Field(_anything, _keywords),
    "music_id": Field(_integer, _numbers(lambda videos, moment: videos.music)),
    "effect_id": Field(_integer, _numbers(lambda videos, moment: effect_ids(videos))),
    "video_length": Field(_length, _lengths),
    "view_count": Field(_integer, _numbers(lambda v, moment: v.counts("view", v.observed(moment.now))), ordered=True),
    "comment_count": Field(
        _integer, _numbers(lambda v, moment: v.counts("comment", v.observed(moment.now))), ordered=True
    ),
}
CONDITION_FIELDS = tuple(_FIELDS)


def effect_ids(videos: Videos) -> Ints:
    """The id of each video's effect, -1 without one."""
    return np.where(videos.effect >= 0, 101_000 + videos.effect * 37, -1)
