"""A query as plain data: built, checked and explained before a request is spent. Needs no network and no library."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

CHOICE = ("EQ", "IN")
ALL_SIX = ("EQ", "IN", "GT", "GTE", "LT", "LTE")

OPERATIONS: Mapping[str, Sequence[str]] = {
    "create_date": ALL_SIX,
    "username": CHOICE,
    "region_code": CHOICE,
    "video_id": CHOICE,
    "hashtag_name": CHOICE,
    "keyword": CHOICE,
    "music_id": CHOICE,
    "effect_id": CHOICE,
    "video_length": CHOICE,
    "view_count": ALL_SIX,
    "comment_count": ALL_SIX,
}
"""Which condition field takes which operation. TikTok publishes no such table: this is what its examples, its
research environment and working clients show."""

LENGTHS = {
    "SHORT": "under 15 seconds long",
    "MID": "15 to 60 seconds long",
    "LONG": "1 to 5 minutes long",
    "EXTRA_LONG": "over 5 minutes long",
}

MAX_WINDOW_DAYS = 30
"""How far the end date may lie after the start date; both days are searched."""

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

_DIGITS = ("video_id", "music_id", "effect_id", "view_count", "comment_count")
_COMPARED = {"GT": "more than", "GTE": "at least", "LT": "fewer than", "LTE": "at most"}
_DATED = {"EQ": "on", "IN": "on", "GT": "after", "GTE": "on or after", "LT": "before", "LTE": "on or before"}
_WORDS = {
    "username": "posted by {}",
    "region_code": "from accounts registered in {}",
    "video_id": "with the id {}",
    "hashtag_name": "with the hashtag {}",
    "keyword": "with {} in the description",
    "music_id": "with the sound {}",
    "effect_id": "with the effect {}",
    "video_length": "{}",
    "view_count": "with {} views",
    "comment_count": "with {} comments",
    "create_date": "created {}",
}


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
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "operation", operation)
        object.__setattr__(self, "values", tuple(_api_form(field, item) for item in items))

    def to_body(self) -> dict[str, object]:
        """The condition as the API takes it."""
        return {"operation": self.operation, "field_name": self.field, "field_values": list(self.values)}

    def problems(self) -> list[str]:
        """Why the API would refuse this condition; [] if it would not."""
        if self.field not in OPERATIONS:
            return [f'"{self.field}" is no field to search by; these are: {", ".join(OPERATIONS)}.']
        taken = OPERATIONS[self.field]
        if self.operation not in taken:
            return [f'{self.field} does not take the operation "{self.operation}"; it takes {", ".join(taken)}.']
        if self.operation != "IN" and len(self.values) != 1:
            other = "; use IN for several" if self.operation == "EQ" else ""
            return [f"{self.field} {self.operation} needs exactly one value, not {len(self.values)}{other}."]
        if not self.values:
            return [f"{self.field} {self.operation} needs at least one value."]
        return [text for value in self.values if (text := self._problem_of(value))]

    def _problem_of(self, value: str) -> str:
        name = self.field
        if not value:
            return f"{name} has an empty value."
        if name == "region_code" and value not in REGIONS:
            return f'"{value}" is not one of the {len(REGIONS)} region codes of the API, such as DE, US or BR.'
        if name == "video_length" and value not in LENGTHS:
            return f'"{value}" is no video_length; these are: {", ".join(LENGTHS)}.'
        if name == "create_date" and parse_date(value) is None:
            return f'"{value}" is no date of the form YYYYMMDD.'
        if name in _DIGITS and not (value.isascii() and value.isdigit()):
            return f'{name} needs a whole number, not "{value}".'
        return ""

    def explain(self) -> str:
        """The condition in English words."""
        values = list(self.values)
        if self.field == "create_date":
            days = [day.isoformat() if (day := parse_date(value)) else value for value in values]
            return f"created {_DATED.get(self.operation, self.operation)} {_or(days)}"
        if self.operation in _COMPARED:
            values = [f"{_COMPARED[self.operation]} {value}" for value in values]
        elif self.field == "video_length":
            values = [LENGTHS.get(value, value) for value in values]
        elif self.field == "keyword":
            values = [f'"{value}"' for value in values]
        marks = {"hashtag_name": "#", "username": "@"}
        return _WORDS.get(self.field, f"with {self.field} {{}}").format(
            _or([marks.get(self.field, "") + value for value in values])
        )


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
    def from_body(cls, body: Mapping[str, object]) -> Self:
        """Read the API's own form; ValueError with one sentence if it is none."""
        unknown = set(body) - {"and", "or", "not"}
        if unknown:
            raise ValueError(f'A query has the groups and, or, not; "{sorted(unknown)[0]}" is none of them.')
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
    if (end - start).days > MAX_WINDOW_DAYS:
        return [
            f"The window {start} to {end} is too long: the end may lie at most {MAX_WINDOW_DAYS} days after the start."
        ]
    return []


def windows(start: date, end: date, days: int = MAX_WINDOW_DAYS) -> list[tuple[date, date]]:
    """Cut a span into windows of so many days, in order, without overlap; the last may be shorter."""
    starts = [start + timedelta(days=n) for n in range(0, (end - start).days + 1, days)]
    return [(first, min(first + timedelta(days=days - 1), end)) for first in starts]


def narrower(start: date, end: date) -> list[tuple[date, date]]:
    """What to ask for instead of a window that keeps failing: weeks, then days; [] for a single day."""
    length = (end - start).days + 1
    return windows(start, end, 7 if length > 7 else 1) if length > 1 else []


def parse_date(text: object) -> date | None:
    """YYYYMMDD as a date; None if it is none."""
    if not (isinstance(text, str) and len(text) == 8 and text.isascii() and text.isdigit()):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _conditions(key: str, group: object) -> list[Condition]:
    if group is None:
        return []
    if not isinstance(group, list) or not all(isinstance(item, Mapping) for item in group):
        raise ValueError(f'The group "{key}" of a query must be a list of conditions.')
    for item in group:
        if not {"field_name", "operation", "field_values"} <= set(item):
            raise ValueError("A condition needs field_name, operation and field_values.")
    return [Condition(str(c["field_name"]), str(c["operation"]), c["field_values"]) for c in group]


def _api_form(field: str, value: object) -> str:
    if isinstance(value, date):
        return value.strftime("%Y%m%d")
    text = str(value).strip()
    if field == "hashtag_name":
        return text.lstrip("#")
    if field == "username":
        return text.lstrip("@")
    if field in ("region_code", "video_length"):
        return text.upper()
    if field == "create_date" and len(text) == 10:
        return text.replace("-", "")
    return text


def _or(values: Sequence[str]) -> str:
    return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)
