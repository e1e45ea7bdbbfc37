"""A query as plain data: built, checked and explained before it costs a request. Needs no network and no library."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self

from ttapi.text import either

EQUALITY = ("EQ", "IN")
COMPARISON = ("EQ", "IN", "GT", "GTE", "LT", "LTE")

MAX_DAYS_APART = 30
"""How many days the end date of a request may be after its start date. Source: research-api-specs-query-videos."""

MAX_DAYS_SEARCHED = MAX_DAYS_APART + 1
"""How many days one request can search: both the start date and the end date are included."""

_REGIONS = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
BV BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES
ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL
IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA
MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU
NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SK SL SM
SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TP TR TT TV TW TZ UA UG UM US UY UZ VA
VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""

REGIONS = frozenset(_REGIONS.split())
"""The documented region codes. Source: research-api-specs-query-videos."""

_LENGTHS = {
    "SHORT": "under 15 seconds long",
    "MID": "15 to 60 seconds long",
    "LONG": "1 to 5 minutes long",
    "EXTRA_LONG": "over 5 minutes long",
}

_NUMBER_WORDS = {"GT": "more than ", "GTE": "at least ", "LT": "fewer than ", "LTE": "at most "}
_DATE_WORDS = {"EQ": "on ", "IN": "on ", "GT": "after ", "GTE": "on or after ", "LT": "before ", "LTE": "on or before "}


def parse_date(text: object) -> date | None:
    """Return a text of the form YYYYMMDD as a date; None for anything else."""
    if not (isinstance(text, str) and len(text) == 8 and is_whole(text)):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def api_date(day: date) -> str:
    """Return a UTC day in the API's form: YYYYMMDD."""
    return f"{day:%Y%m%d}"


def is_whole(text: str) -> bool:
    """Return whether a text is a whole number in the API's form: ASCII digits."""
    return text.isascii() and text.isdigit()


def _without_dashes(text: str) -> str:
    return text.replace("-", "") if len(text) == 10 else text


def _iso(text: str) -> str:
    return str(parse_date(text) or text)


@dataclass(frozen=True)
class _Field:
    """A search field: the operations and values that it takes, and its words in a sentence."""

    phrase: str
    """The condition in English; {} stands for the operation and the values."""
    operations: Sequence[str] = EQUALITY
    requirement: str = "text"
    """What a value must be, in words."""
    is_valid: Callable[[str], object] = bool
    normalize: Callable[[str], str] = str
    """Converts a value to the API's form."""
    display: Callable[[str], str] = str
    """Converts a value to its form in a sentence."""
    words: Mapping[str, str] = field(default_factory=lambda: _NUMBER_WORDS)
    """The words for an operation."""


_REGION = f"one of the {len(REGIONS)} region codes of the API, such as DE, US or BR"
_WHOLE = ("a whole number", is_whole)

_FIELDS: Mapping[str, _Field] = {
    "create_date": _Field(
        "created {}", COMPARISON, "a date of the form YYYYMMDD", parse_date, _without_dashes, _iso, _DATE_WORDS
    ),
    "username": _Field("posted by {}", normalize=lambda text: text.lstrip("@"), display="@{}".format),
    "region_code": _Field("from accounts registered in {}", EQUALITY, _REGION, REGIONS.__contains__, str.upper),
    "video_id": _Field("with the id {}", EQUALITY, *_WHOLE),
    "hashtag_name": _Field("with the hashtag {}", normalize=lambda text: text.lstrip("#"), display="#{}".format),
    "keyword": _Field("with {} in the description", display='"{}"'.format),
    "music_id": _Field("with the sound {}", EQUALITY, *_WHOLE),
    "effect_id": _Field("with the effect {}", EQUALITY, *_WHOLE),
    "video_length": _Field(
        "{}", EQUALITY, either([*_LENGTHS]), _LENGTHS.__contains__, str.upper, lambda text: _LENGTHS.get(text, text)
    ),
    "view_count": _Field("with {} views", COMPARISON, *_WHOLE),
    "comment_count": _Field("with {} comments", COMPARISON, *_WHOLE),
}

OPERATIONS: Mapping[str, Sequence[str]] = {name: row.operations for name, row in _FIELDS.items()}
"""The operations of each search field. TikTok publishes no such table; this one follows the examples in its
documentation, its research environment and working clients."""


@dataclass(frozen=True)
class Condition:
    """One condition: a field, an operation and one or more values.

    values: texts, whole numbers or dates, or a single one of them. They are converted to the API's form: dates as
    YYYYMMDD, no leading # or @, region codes and lengths in upper case. The API does not match exactly: it ignores the
    case of hashtags and keywords, and a keyword also matches words inside hashtags.
    Source: research-api-specs-query-videos, research-api-get-started.
    """

    field: str
    operation: str
    values: tuple[str, ...]

    def __init__(self, field: str, operation: str, values: object) -> None:
        items = values if isinstance(values, Iterable) and not isinstance(values, str | bytes) else [values]
        normalize = _FIELDS[field].normalize if field in _FIELDS else str
        texts = (api_date(item) if isinstance(item, date) else str(item).strip() for item in items)
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "operation", operation)
        object.__setattr__(self, "values", tuple(map(normalize, texts)))

    def to_body(self) -> dict[str, object]:
        """Return the condition in the API's JSON form."""
        return {"operation": self.operation, "field_name": self.field, "field_values": list(self.values)}

    def problems(self) -> list[str]:
        """Return why the API would refuse this condition; [] if it would not."""
        if self.field not in _FIELDS:
            return [f'"{self.field}" is not a search field. Available: {", ".join(_FIELDS)}.']
        row = _FIELDS[self.field]
        if self.operation not in row.operations:
            allowed = ", ".join(row.operations)
            return [f'{self.field} does not take the operation "{self.operation}". Available: {allowed}.']
        if self.operation != "IN" and len(self.values) != 1:
            advice = "; use IN for several" if self.operation == "EQ" else ""
            return [f"{self.field} {self.operation} needs exactly one value, not {len(self.values)}{advice}."]
        if not self.values:
            return [f"{self.field} {self.operation} needs at least one value."]
        return [
            f'{self.field} must be {row.requirement}, not "{value}".' if value else f"{self.field} has an empty value."
            for value in self.values
            if not row.is_valid(value)
        ]

    def explain(self) -> str:
        """Return the condition in English."""
        row = _FIELDS.get(self.field, _Field(f"with {self.field} {{}}"))
        words = row.words.get(self.operation, "")
        return row.phrase.format(words + either([row.display(value) for value in self.values]))


@dataclass(frozen=True)
class Query:
    """Three groups of conditions: all of `all`, at least one of `any`, and none of `none` must hold.

    The groups are combined with AND and cannot be nested.
    Source: research-api-specs-query-videos, research-api-get-started.
    """

    all: Sequence[Condition] = ()
    any: Sequence[Condition] = ()
    none: Sequence[Condition] = ()

    def __post_init__(self) -> None:
        for group in ("all", "any", "none"):
            object.__setattr__(self, group, tuple(getattr(self, group)))

    @classmethod
    def from_body(cls, body: object) -> Self:
        """Read a query in the API's JSON form. Raises ValueError, with one sentence, if `body` is not one."""
        if not isinstance(body, Mapping):
            raise ValueError("A query must be an object with the groups and, or, not.")
        if unknown := sorted(body.keys() - {"and", "or", "not"}):
            raise ValueError(f'"{unknown[0]}" is not a group of a query. Available: and, or, not.')
        return cls(*(_conditions(key, body.get(key)) for key in ("and", "or", "not")))

    def to_body(self) -> dict[str, list[dict[str, object]]]:
        """Return the query in the API's JSON form, without empty groups."""
        groups = {"and": self.all, "or": self.any, "not": self.none}
        return {key: [condition.to_body() for condition in group] for key, group in groups.items() if group}

    def problems(self) -> list[str]:
        """Return why the API would refuse this query, one sentence per reason; [] if it would not."""
        conditions = (*self.all, *self.any, *self.none)
        if not conditions:
            return ["The query is empty: it needs at least one condition in all, any or none."]
        return [problem for condition in conditions for problem in condition.problems()]

    def warnings(self) -> list[str]:
        """Return warnings about what the API would accept, although it is probably a mistake."""
        conditions = (*self.all, *self.any)
        if any(c.field == "region_code" and "CA" in c.values for c in conditions):
            return ["Region CA: the API has returned no content from Canada for a long time. Expect no videos."]
        return []

    def explain(self, start: date | None = None, end: date | None = None) -> str:
        """Return the query as one English sentence, with its window if both days are given."""
        all_ = " and ".join(c.explain() for c in self.all)
        any_ = " or ".join(c.explain() for c in self.any)
        parts = [f"Videos {all_ or any_}".rstrip()]
        if all_ and any_:
            parts.append("and " + ("either " if len(self.any) > 1 else "") + any_)
        if self.none:
            parts.append("but not those " + " or ".join(c.explain() for c in self.none))
        if start and end:
            parts.append(f"posted from {start.isoformat()} to {end.isoformat()} (UTC, both days included)")
        return ", ".join(parts) + "."


def window_problems(start: date, end: date) -> list[str]:
    """Return why the API would refuse this window, one sentence per reason; [] if it would not.

    start and end: UTC days; both are searched. Source: research-api-specs-query-videos.
    """
    if end < start:
        return [f"The window ends ({end}) before it starts ({start})."]
    if (end - start).days > MAX_DAYS_APART:
        return [
            f"The window {start} to {end} is too long: the end may be at most {MAX_DAYS_APART} days after the start."
        ]
    return []


def windows(start: date, end: date, days: int = MAX_DAYS_APART) -> list[tuple[date, date]]:
    """Cut a span into windows of `days` days each, in order and without overlap; the last may be shorter.

    start and end: UTC days, both included, as in the windows that are returned.
    """
    starts = [start + timedelta(days=n) for n in range(0, (end - start).days + 1, days)]
    return [(first, min(first + timedelta(days=days - 1), end)) for first in starts]


def narrower(start: date, end: date) -> list[tuple[date, date]]:
    """Return the windows to request instead of one that keeps failing: weeks, then days; [] for a single day."""
    length = (end - start).days + 1
    return windows(start, end, 7 if length > 7 else 1) if length > 1 else []


def _conditions(key: str, group: object) -> list[Condition]:
    if group is None:
        return []
    if not isinstance(group, list) or not all(isinstance(item, Mapping) for item in group):
        raise ValueError(f'The group "{key}" of a query must be a list of conditions.')
    for item in group:
        if not {"field_name", "operation", "field_values"} <= set(item):
            raise ValueError("A condition needs field_name, operation and field_values.")
    return [Condition(str(c["field_name"]), str(c["operation"]), c["field_values"]) for c in group]
