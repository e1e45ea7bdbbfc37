"""The query language of video/query: conditions are read, checked, and evaluated on columns of videos."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import numpy as np

from mockserver.behaviours.refusals import Refusal
from mockserver.search.parameters import LARGEST, WHOLE
from mockserver.world.hashing import Ints, Mask
from mockserver.world.videos import Videos, effect_id
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
LENGTHS = {"SHORT": (0, 14), "MID": (15, 60), "LONG": (61, 300), "EXTRA_LONG": (301, 1 << 31)}  # seconds, inclusive
REGIONS = frozenset(files(__package__).joinpath("region_codes.txt").read_text("ascii").split())  # as documented
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Moment:
    """What a condition may use besides the videos: the world, and the virtual time."""

    world: World
    now: int


Test = Callable[[Videos, Moment], Mask]
Make = Callable[[str, tuple[str, ...], World], Test]


@dataclass(frozen=True)
class Condition:
    """A condition that was checked."""

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
        """The query as a request has it, without what does not change its meaning."""
        return {
            name: [
                {"field_name": each.field, "operation": each.operation, "field_values": list(each.values)}
                for each in group
            ]
            for name, group in (("and", self.all), ("or", self.any), ("not", self.none))
        }

    def compiled(self, world: World) -> Callable[[Videos, Moment], Videos]:
        """The query as one function: those of some videos that it finds. Names are looked up once."""
        all_of, any_of, none_of = (
            [
                _FIELDS[each.field].make(each.operation, each.values, world)
                for each in sorted(group, key=lambda each: _CHEAPEST_FIRST.index(each.field))
            ]
            for group in (self.all, self.any, self.none)
        )

        def found(videos: Videos, moment: Moment) -> Videos:
            for condition in all_of:
                videos = videos.where(condition(videos, moment))
            for condition in none_of:
                videos = videos.where(~condition(videos, moment))
            return videos.where(_any([each(videos, moment) for each in any_of])) if any_of else videos

        return found


# Reading


def read_query(query: object) -> Query:
    """The query of a body. Raises Refusal, which names what is wrong."""
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
    """The seconds [start, end) from one date YYYYMMDD to another, both days included. Raises Refusal.

    loose: the dates may be more than 30 days apart.
    """
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
            return datetime(int(text[:4]), int(text[4:6]), int(text[6:]), tzinfo=UTC)
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


def _any_text(value: str) -> str:
    return value


# Evaluating


def _any(masks: list[Mask]) -> Mask:
    combined: Mask = np.logical_or.reduce(masks)
    return combined


def _numbers(column: Callable[[Videos, Moment], Ints]) -> Make:
    def make(operation: str, values: tuple[str, ...], _: World) -> Test:
        numbers = [max(-1, min(int(value), LARGEST)) for value in values]
        if operation == "IN":
            return lambda videos, moment: np.isin(column(videos, moment), numbers)
        return lambda videos, moment: COMPARISONS[operation](column(videos, moment), numbers[0])

    return make


def _dates(operation: str, values: tuple[str, ...], _: World) -> Test:
    days = [day_of(value) for value in values]
    if operation == "IN":
        return lambda videos, moment: np.isin(videos.create_time // 86_400, days)
    return lambda videos, moment: COMPARISONS[operation](videos.create_time // 86_400, days[0])


def _usernames(_: str, values: tuple[str, ...], world: World) -> Test:
    found = [world.population.find(value.lstrip("@")) for value in values]
    accounts = [account for account in found if account is not None]
    return lambda videos, moment: np.isin(videos.author, accounts)


def _regions(_: str, values: tuple[str, ...], world: World) -> Test:
    regions = [number for number, region in enumerate(vocabulary().regions) if region in values]
    return lambda videos, moment: np.isin(videos.region, regions)


def _hashtags(_: str, values: tuple[str, ...], world: World) -> Test:
    tags = [tag for value in values if (tag := world.model.hashtags.find(value.lstrip("#"))) >= 0]
    return lambda videos, moment: videos.have_tag(tags)


def _lengths(_: str, values: tuple[str, ...], world: World) -> Test:
    bounds = [LENGTHS[value] for value in values]
    return lambda videos, moment: _any([(videos.duration >= low) & (videos.duration <= high) for low, high in bounds])


def _keywords(_: str, values: tuple[str, ...], world: World) -> Test:
    tests = [_keyword(value, world) for value in values]
    return lambda videos, moment: _any([test(videos) for test in tests])


def contains(description: str, keyword: str) -> bool:
    """Whether a description contains a keyword: its words in a row, in any case; in Thai and Chinese anywhere."""
    if _is_text(keyword):
        return keyword.casefold() in description.casefold()
    sought, text = words(keyword), words(description)
    return any(text[start : start + len(sought)] == sought for start in range(len(text) - len(sought) + 1))


def _is_text(keyword: str) -> bool:
    """Whether a keyword is searched as text: it has no words (emoji), or none that blanks separate."""
    return is_unspaced(keyword) or not words(keyword)


def _keyword(keyword: str, world: World) -> Callable[[Videos], Mask]:
    """Select candidates by the numbers of their phrases, tags and mentions; then compare the text itself."""
    keyword = keyword.lstrip("#@")
    as_text = _is_text(keyword)
    parts = keyword.casefold().split() if as_text else words(keyword)
    tests = [_part(part, world, as_text=as_text) for part in parts]

    def test(videos: Videos) -> Mask:
        hit = np.full(len(videos), bool(parts))
        for part_test in tests:
            candidates = np.nonzero(hit)[0]
            hit[candidates] = part_test(Videos(videos.model, videos.index[candidates]))
        candidates = np.nonzero(hit)[0]
        captions = Videos(videos.model, videos.index[candidates]).captions()
        hit[candidates] = [contains(caption.decode(), keyword) for caption in captions]
        return hit

    return test


def _part(part: str, world: World, *, as_text: bool) -> Callable[[Videos], Mask]:
    """A test whether a phrase, a tag or the mention of a video may contain a part of a keyword."""
    vocab = vocabulary()

    def has_part(text: str) -> bool:
        return part in (text.casefold() if as_text else words(text))

    phrases = np.array([has_part(phrase) for phrase in vocab.phrases])
    tags = {number for number, tag in enumerate(vocab.tags) if has_part(tag)} | {world.model.hashtags.find(part)} - {-1}
    mentioned = None if as_text else world.population.names.containing(part)

    def test(videos: Videos) -> Mask:
        hit = np.zeros(len(videos), dtype=bool)
        if phrases.any():
            hit |= videos.have_phrase(phrases)
        if tags:
            hit |= videos.have_tag(tags)
        if as_text or mentioned:
            hit |= videos.have_mention(mentioned)
        return hit

    return test


@dataclass(frozen=True)
class Field:
    """A field that conditions may name. read: checks a value; ordered: whether GT, GTE, LT and LTE are supported."""

    read: Callable[[str], str]
    make: Make
    ordered: bool = False


_FIELDS: Mapping[str, Field] = {
    "create_date": Field(_day, _dates, ordered=True),
    "username": Field(_any_text, _usernames),
    "region_code": Field(_region, _regions),
    "video_id": Field(_integer, _numbers(lambda videos, moment: videos.ids)),
    "hashtag_name": Field(_any_text, _hashtags),
    "keyword": Field(_any_text, _keywords),
    "music_id": Field(_integer, _numbers(lambda videos, moment: videos.music)),
    "effect_id": Field(_integer, _numbers(lambda videos, moment: effect_id(videos.effect))),
    "video_length": Field(_length, _lengths),
    "view_count": Field(_integer, _numbers(lambda v, moment: v.counts("view", v.observed(moment.now))), ordered=True),
    "comment_count": Field(
        _integer, _numbers(lambda v, moment: v.counts("comment", v.observed(moment.now))), ordered=True
    ),
}
CONDITION_FIELDS = tuple(_FIELDS)
_CHEAPEST_FIRST = (
    *("region_code", "video_length", "effect_id", "video_id", "create_date", "hashtag_name", "username", "music_id"),
    *("view_count", "comment_count", "keyword"),
)
