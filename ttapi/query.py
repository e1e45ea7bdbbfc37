"""A query as plain data: built, checked and explained before a request is spent. Needs no network and no library."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self

from ttapi.text import either

CHOICE = ("EQ", "IN")
ALL_SIX = ("EQ", "IN", "GT", "GTE", "LT", "LTE")

MAX_DAYS_APART = 30
"""How many days the end date of a request may be after its start date. Source: research-api-specs-query-videos."""

MAX_DAYS_SEARCHED = MAX_DAYS_APART + 1
"""How many days one request can search: both the start date and the end date are included."""

MAX_WINDOW_DAYS = MAX_DAYS_APART
"""Older name of MAX_DAYS_APART."""

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
"""The region codes of the documentation (source: research-api-specs-query-videos)."""

LENGTHS = {
    "SHORT": "under 15 seconds long",
    "MID": "15 to 60 seconds long",
    "LONG": "1 to 5 minutes long",
    "EXTRA_LONG": "over 5 minutes long",
}

_COMPARED = {"GT": "more than ", "GTE": "at least ", "LT": "fewer than ", "LTE": "at most "}
_DATED = {"EQ": "on ", "IN": "on ", "GT": "after ", "GTE": "on or after ", "LT": "before ", "LTE": "on or before "}


def parse_date(text: object) -> date | None:
    """YYYYMMDD as a date; None if it is none."""
    if not (isinstance(text, str) and len(text) == 8 and is_whole(text)):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def api_date(day: date) -> str:
    """A UTC day as the API writes it: YYYYMMDD."""
    return f"{day:%Y%m%d}"


def is_whole(text: str) -> bool:
    """Whether a text is a whole number as the API writes it."""
    return text.isascii() and text.isdigit()


def _undashed(text: str) -> str:
    return text.replace("-", "") if len(text) == 10 else text


def _iso(text: str) -> str:
    return str(parse_date(text) or text)


@dataclass(frozen=True)
class _Field:
    """What a field to search by takes, and how it reads in a sentence."""

    words: str
    operations: Sequence[str] = CHOICE
    must_be: str = "a text"
    is_good: Callable[[str], object] = bool
    form: Callable[[str], str] = str
    """Brings a value to the API's form."""
    told: Callable[[str], str] = str
    compared: Mapping[str, str] = field(default_factory=lambda: _COMPARED)


_REGION = f"one of the {len(REGIONS)} region codes of the API, such as DE, US or BR"
_WHOLE = ("a whole number", is_whole)

_FIELDS: Mapping[str, _Field] = {
    "create_date": _Field(
        "created {}", ALL_SIX, "a date of the form YYYYMMDD", parse_date, form=_undashed, told=_iso, compared=_DATED
    ),
    "username": _Field("posted by {}", form=lambda text: text.lstrip("@"), told="@{}".format),
    "region_code": _Field("from accounts registered in {}", CHOICE, _REGION, REGIONS.__contains__, form=str.upper),
    "video_id": _Field("with the id {}", CHOICE, *_WHOLE),
    "hashtag_name": _Field("with the hashtag {}", form=lambda text: text.lstrip("#"), told="#{}".format),
    "keyword": _Field("with {} in the description", told='"{}"'.format),
    "music_id": _Field("with the sound {}", CHOICE, *_WHOLE),
    "effect_id": _Field("with the effect {}", CHOICE, *_WHOLE),
    "video_length": _Field(
        "{}", CHOICE, either([*LENGTHS]), LENGTHS.__contains__, str.upper, lambda text: LENGTHS.get(text, text)
    ),
    "view_count": _Field("with {} views", ALL_SIX, *_WHOLE),
    "comment_count": _Field("with {} comments", ALL_SIX, *_WHOLE),
}

OPERATIONS: Mapping[str, Sequence[str]] = {name: row.operations for name, row in _FIELDS.items()}
"""Which field to search by takes which operation. TikTok publishes no such table: this is what its examples, its
research environment and working clients show."""


@dataclass(frozen=True)
class Condition:
    """One condition: a field, an operation and one or more values.

    Values are texts, whole numbers or dates; one value need not stand in a list. They are brought to the API's form:
    dates as YYYYMMDD, no leading # or @, region codes and lengths in upper case. Matching is not exact: hashtags and
    keywords are compared without regard to case, and a keyword also meets words inside hashtags.
    Source: research-api-specs-query-videos, research-api-get-started.
    """

    field: str
    operation: str
    values: tuple[str, ...]

    def __init__(self, field: str, operation: str, values: object) -> None:
        items = values if isinstance(values, Iterable) and not isinstance(values, str | bytes) else [values]
        form = _FIELDS[field].form if field in _FIELDS else str
        texts = (api_date(item) if isinstance(item, date) else str(item).strip() for item in items)
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "operation", operation)
        object.__setattr__(self, "values", tuple(map(form, texts)))

    def to_body(self) -> dict[str, object]:
        """The condition as the API takes it."""
        return {"operation": self.operation, "field_name": self.field, "field_values": list(self.values)}

    def problems(self) -> list[str]:
        """Why the API would refuse this condition; [] if it would not."""
        if self.field not in _FIELDS:
            return [f'"{self.field}" is no field to search by; these are: {", ".join(_FIELDS)}.']
        row = _FIELDS[self.field]
        if self.operation not in row.operations:
            taken = ", ".join(row.operations)
            return [f'{self.field} does not take the operation "{self.operation}"; it takes {taken}.']
        if self.operation != "IN" and len(self.values) != 1:
            other = "; use IN for several" if self.operation == "EQ" else ""
            return [f"{self.field} {self.operation} needs exactly one value, not {len(self.values)}{other}."]
        if not self.values:
            return [f"{self.field} {self.operation} needs at least one value."]
        return [
            f'{self.field} must be {row.must_be}, not "{value}".' if value else f"{self.field} has an empty value."
            for value in self.values
            if not row.is_good(value)
        ]

    def explain(self) -> str:
        """The condition in English words."""
        row = _FIELDS.get(self.field, _Field(f"with {self.field} {{}}"))
        compared = row.compared.get(self.operation, "")
        return row.words.format(compared + either([row.told(value) for value in self.values]))


@dataclass(frozen=True)
class Query:
    """Three groups of conditions: all of `all`, at least one of `any`, and none of `none` must hold.

    The groups are and-ed; they do not nest. Source: research-api-specs-query-videos, research-api-get-started.
    """

    all: Sequence[Condition] = ()
    any: Sequence[Condition] = ()
    none: Sequence[Condition] = ()

    def __post_init__(self) -> None:
        for group in ("all", "any", "none"):
            object.__setattr__(self, group, tuple(getattr(self, group)))

    @classmethod
    def from_body(cls, body: object) -> Self:
        """Read the API's own form; ValueError with one sentence if it is none."""
        if not isinstance(body, Mapping):
            raise ValueError("A query must be an object with the groups and, or, not.")
        if unknown := sorted(body.keys() - {"and", "or", "not"}):
            raise ValueError(f'A query has the groups and, or, not; "{unknown[0]}" is none of them.')
        return cls(*(_conditions(key, body.get(key)) for key in ("and", "or", "not")))

    def to_body(self) -> dict[str, list[dict[str, object]]]:
        """The query as the API takes it; empty groups are left out."""
        groups = {"and": self.all, "or": self.any, "not": self.none}
        return {key: [condition.to_body() for condition in group] for key, group in groups.items() if group}

    def problems(self) -> list[str]:
        """Why the API would refuse this query, one sentence each; [] if it would not."""
        conditions = (*self.all, *self.any, *self.none)
        if not conditions:
            return ["The query is empty: it needs at least one condition in all, any or none."]
        return [problem for condition in conditions for problem in condition.problems()]

    def warnings(self) -> list[str]:
        """What the API would accept, and yet is seldom meant."""
        wanted = (*self.all, *self.any)
        if any(c.field == "region_code" and "CA" in c.values for c in wanted):
            return ["Region CA: the API has long given out no content of Canada; expect none, or check the codebook."]
        return []

    def explain(self, start: date | None = None, end: date | None = None) -> str:
        """The query as one English sentence, with its window if given."""
        whose = " and ".join(c.explain() for c in self.all)
        either = " or ".join(c.explain() for c in self.any)
        parts = [f"Videos {whose or either}".rstrip()]
        if whose and either:
            parts.append("and " + ("either " if len(self.any) > 1 else "") + either)
        if self.none:
            parts.append("but not those " + " or ".join(c.explain() for c in self.none))
        if start and end:
            parts.append(f"posted from {start.isoformat()} to {end.isoformat()} (UTC, both days included)")
        return ", ".join(parts) + "."


def window_problems(start: date, end: date) -> list[str]:
    """Why the API would refuse this window; dates are UTC days, both searched."""
    if end < start:
        return [f"The window ends ({end}) before it starts ({start})."]
    if (end - start).days > MAX_DAYS_APART:
        return [
            f"The window {start} to {end} is too long: the end may be at most {MAX_DAYS_APART} days after the start."
        ]
    return []


def windows(start: date, end: date, days: int = MAX_DAYS_APART) -> list[tuple[date, date]]:
    """Cut a span into windows of so many days, in order, without overlap; the last may be shorter."""
    starts = [start + timedelta(days=n) for n in range(0, (end - start).days + 1, days)]
    return [(first, min(first + timedelta(days=days - 1), end)) for first in starts]


def narrower(start: date, end: date) -> list[tuple[date, date]]:
    """What to ask for instead of a window that keeps failing: weeks, then days; [] for a single day."""
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
