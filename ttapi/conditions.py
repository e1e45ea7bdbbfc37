"""One condition of a search: the fields that can be searched, their operations, and the form of their values."""

import operator
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ttapi.days import api_date, is_whole, parse_date
from ttapi.handles import handle_problem, read_handle
from ttapi.text import either, one_line, strip_invisible

EQUALITY = ("EQ", "IN")
COMPARISON = ("EQ", "IN", "GT", "GTE", "LT", "LTE")

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
_SIGNS = {"EQ": "=", "IN": "=", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
_SHOWN = 5
"""Values of a condition that a problem quotes."""

_SYNTAX = (
    (re.compile(r"(?:^|\s)(?:AND|OR|NOT)(?:\s|$)"), ""),
    (re.compile(r"[\"“”„«»]|^'.*'$"), "quotation marks"),
    (re.compile(r"\*"), ""),
    (re.compile(r"(?:^|\s)[-+]\w"), "a word after - or +"),
    (re.compile(r"[|]+|&&"), ""),
    (re.compile(r"[,;\t]"), "a list"),
    (re.compile(r"^#"), ""),
)
"""What has a meaning in the queries of other programs, and none in a keyword; its name, "" for what was found."""


def _without_dashes(text: str) -> str:
    return text.replace("-", "") if len(text) == 10 else text


def _iso(text: str) -> str:
    return str(parse_date(text) or text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _ordinal(text: str) -> int:
    day = parse_date(text)
    assert day, "conditions with problems are not compared"
    return day.toordinal()


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
    key: Callable[[str], Hashable] = _folded
    """What two values have in common that are one value to the API."""
    problem: Callable[[str], str] = lambda text: ""
    """Returns what is wrong with a value, in one sentence; "" if the requirement says it."""


_REGION = f"one of the {len(REGIONS)} region codes of the API, such as DE, US or BR"
_WHOLE = ("a whole number", is_whole)

_FIELDS: Mapping[str, _Field] = {
    "create_date": _Field(
        "created {}",
        COMPARISON,
        "a date of the form YYYYMMDD",
        parse_date,
        _without_dashes,
        _iso,
        _DATE_WORDS,
        _ordinal,
    ),
    "username": _Field(
        "posted by {}",
        requirement="a handle",
        is_valid=read_handle,
        normalize=lambda text: read_handle(text) or text,
        display="@{}".format,
        problem=handle_problem,
    ),
    "region_code": _Field("from accounts registered in {}", EQUALITY, _REGION, REGIONS.__contains__, str.upper),
    "video_id": _Field("with the id {}", EQUALITY, *_WHOLE, key=int),
    "hashtag_name": _Field(
        "with the hashtag {}", normalize=lambda text: strip_invisible(text.lstrip("#")), display="#{}".format
    ),
    "keyword": _Field("with {} in the description", display='"{}"'.format),
    "music_id": _Field("with the sound {}", EQUALITY, *_WHOLE, key=int),
    "effect_id": _Field("with the effect {}", EQUALITY, *_WHOLE, key=int),
    "video_length": _Field(
        "{}", EQUALITY, either([*_LENGTHS]), _LENGTHS.__contains__, str.upper, lambda text: _LENGTHS.get(text, text)
    ),
    "view_count": _Field("with {} views", COMPARISON, *_WHOLE, key=int),
    "comment_count": _Field("with {} comments", COMPARISON, *_WHOLE, key=int),
}

OPERATIONS: Mapping[str, Sequence[str]] = {name: row.operations for name, row in _FIELDS.items()}
"""The operations of each search field. TikTok publishes no such table; this one follows the examples in its
documentation, its research environment and working clients."""

SEVERAL_VALUES = ("hashtag_name", "keyword", "effect_id")
"""The fields of which one video can have several values."""

DOMAINS: Mapping[str, frozenset[Hashable]] = {
    "region_code": frozenset(map(_folded, REGIONS)),
    "video_length": frozenset(map(_folded, _LENGTHS)),
}
"""Every value of the fields that have few, as in `Condition.comparable_values`."""


@dataclass(frozen=True)
class Condition:
    """One condition: a field, an operation and one or more values.

    values: texts, whole numbers or dates, or a single one of them. They are converted to the API's form: dates as
    YYYYMMDD, handles in lower case and without @ (also from the address of a profile), no leading #, region codes and
    lengths in upper case, no blanks and invisible characters at the ends. Raises ValueError for other values, such as
    None, True or 1.5. The API does not match exactly: it ignores the case of hashtags and keywords, and a keyword also
    matches words inside hashtags.
    Source: research-api-specs-query-videos, research-api-get-started.
    """

    field: str
    operation: str
    values: tuple[str, ...]

    def __init__(self, field: str, operation: str, values: object) -> None:
        several = isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping)
        texts = _texts(field, values if several else [values])  # type: ignore[arg-type]
        normalize = _FIELDS[field].normalize if field in _FIELDS else str
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "operation", operation)
        object.__setattr__(self, "values", tuple(map(normalize, texts)))

    def __str__(self) -> str:
        """The condition as in `--where`, such as "region_code = DE or AT"; at most five values."""
        row = _FIELDS.get(self.field)
        values = [_iso(value) if row and row.is_valid is parse_date else one_line(value) for value in self.values]
        more = len(values) - _SHOWN
        values = values[:_SHOWN] + ([f"{more:,} more"] if more > 0 else [])
        return f"{self.field} {_SIGNS.get(self.operation, self.operation)} {either(values)}"

    def to_body(self) -> dict[str, object]:
        """Return the condition in the API's JSON form."""
        return {"operation": self.operation, "field_name": self.field, "field_values": list(self.values)}

    def comparable_values(self) -> list[Hashable]:
        """Return what each value is to the API: days and numbers as int, text without case. Without problems only."""
        return [_FIELDS[self.field].key(value) for value in self.values]

    def problems(self) -> list[str]:
        """Return why the API would refuse this condition; [] if it would not."""
        if self.field not in _FIELDS:
            return [f'"{one_line(self.field)}" is not a search field. Available: {", ".join(_FIELDS)}.']
        row = _FIELDS[self.field]
        if self.operation not in row.operations:
            allowed = ", ".join(row.operations)
            return [f'{self.field} does not take the operation "{one_line(self.operation)}". Available: {allowed}.']
        if self.operation != "IN" and len(self.values) != 1:
            advice = "; use IN for several" if self.operation == "EQ" else ""
            return [f"{self.field} {self.operation} needs exactly one value, not {len(self.values)}{advice}."]
        if not self.values:
            return [f"{self.field} {self.operation} needs at least one value."]
        return [self._value_problem(row, value) for value in self.values if not row.is_valid(value)]

    def _value_problem(self, row: _Field, value: str) -> str:
        if not value:
            return f"{self.field} has an empty value."
        problem = f'{self.field} must be {row.requirement}, not "{one_line(value)}".'
        return " ".join(filter(None, (problem, row.problem(value))))

    def warnings(self) -> Iterator[str]:
        """Yield what the API accepts in this condition although it is probably a mistake. Without problems only."""
        spellings: dict[Hashable, list[str]] = {}
        for value, comparable in zip(self.values, self.comparable_values(), strict=True):
            spellings.setdefault(comparable, []).append(one_line(value))
        for same in spellings.values():
            if len(same) > 1:
                yield f"{self.field} has one value more than once: {', '.join(same)}."
        for value in self.values if self.field == "keyword" else ():
            if found := [name or match[0].strip() for pattern, name in _SYNTAX if (match := pattern.search(value))]:
                yield (
                    f'The keyword "{one_line(value)}" contains {", ".join(found)}. The API has no such syntax and '
                    "searches for exactly this text. Use one condition per keyword."
                )

    def explain(self) -> str:
        """Return the condition in English."""
        row = _FIELDS.get(self.field, _Field(f"with {self.field} {{}}"))
        words = row.words.get(self.operation, "")
        return row.phrase.format(words + either([row.display(value) for value in self.values]))


def _texts(field: str, values: Iterable[object]) -> list[str]:
    """Return values as text. Raises ValueError if some are no values of a condition, and names them."""
    values = list(values)
    texts = [_text(value) for value in values]
    if None in texts:
        wrong = ", ".join(dict.fromkeys(_json_name(v) for v, text in zip(values, texts, strict=True) if text is None))
        raise ValueError(f"{field} has values that are neither text, whole numbers nor dates: {wrong}.")
    return [text for text in texts if text is not None]


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return strip_invisible(value)
    if isinstance(value, date):
        return api_date(value)
    if isinstance(value, bool):
        return None
    try:
        return str(operator.index(value))  # type: ignore[arg-type]
    except TypeError:
        return None


def _json_name(value: object) -> str:
    names = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return names[value]
    kinds: Mapping[type, str] = {dict: "an object", list: "a list", tuple: "a list"}
    return kinds.get(type(value)) or one_line(str(value))
