"""What a study says: its file is read, checked against study.schema.yaml, and given types."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ttdata import canary, chained, hydration, schedule, searches
from ttdata.chained import Chained
from ttdata.errors import StudyFault
from ttdata.limits import Limits
from ttdata.lists import with_lists
from ttdata.searches import Videos
from ttdata.sentences import sentence

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MOCK = "mock"


@dataclass(frozen=True)
class Dataset:
    """One dataset: the author's accounts, its videos, and what is asked about both, in the order of asking."""

    name: str
    accounts: tuple[Mapping[str, str], ...]
    videos: Videos | None
    chained: tuple[Chained, ...]


@dataclass(frozen=True)
class Settings:
    """How a study asks, whatever it asks for; its plan keeps all of it.

    daily      requests a day; `use` is the fraction of them to spend, `streams` how many are asked side by side
    per_slice  charged failures a day after which a slice is left alone
    waived     reasons for which slices may stay unfinished, by their names
    strict     whether a fault of the audit fails the build
    declared   the study as its file says it, lists filled in
    """

    base_url: str
    tenant: str
    daily: int
    use: float
    streams: int
    limits: Limits
    per_slice: int
    waived: Mapping[str, str]
    strict: bool
    declared: Mapping[str, Any]

    @property
    def settings(self) -> dict[str, Any]:
        """All of them, by name."""
        return {each.name: getattr(self, each.name) for each in fields(Settings)}


@dataclass(frozen=True)
class Study(Settings):
    """A checked study."""

    name: str
    datasets: tuple[Dataset, ...]

    @classmethod
    def read(cls, path: Path, *, today: date) -> "Study":
        """Read a study's YAML file; StudyFault names every key that cannot be built."""
        return cls.check(cls.load(path), today=today, where=str(path), base=path.parent)

    @staticmethod
    def load(path: Path) -> object:
        """What a study's file declares, unchecked. StudyFault if it is no YAML with keys at its top."""
        try:
            declared = yaml.safe_load(path.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise StudyFault([f"the file cannot be read: {error}"], str(path)) from None
        except yaml.YAMLError as error:
            raise StudyFault([f"the file is not YAML: {_in_one_line(error)}"], str(path)) from None
        except ValueError as error:
            raise StudyFault([f"the file holds a day that does not exist: {error}"], str(path)) from None
        if not isinstance(declared, dict):
            raise StudyFault(["the file has no keys at its top; begin with study: NAME"], str(path))
        return declared

    @classmethod
    def check(cls, declared: object, *, today: date, where: str = "The study", base: Path = Path()) -> "Study":
        """Check what a study declares and give it types.

        today: the last day (UTC) that a study may ask for. base: the folder that its list files lie in.
        Raises StudyFault, which lists all problems.
        """
        try:
            plain = with_lists(_plain(declared), base)
        except RecursionError:
            raise StudyFault(["the file is nested too deeply, or holds itself by an alias (*)"], where) from None
        problems = _half_characters(plain) or [sentence(error) for error in _schema_errors(plain)]
        if problems:
            raise StudyFault(problems, where)
        assert isinstance(plain, dict)
        problems = [f"{key}: {problem}" for key, problem in _meaning_problems(plain, today)]
        if problems:
            raise StudyFault(problems, where)
        quota = plain.get("quota", {})
        return cls(
            name=plain["study"],
            base_url=plain.get("api", {}).get("base_url", MOCK).rstrip("/"),
            tenant=plain.get("api", {}).get("tenant", ""),
            daily=quota.get("daily", 1000),
            use=quota.get("use", 1.0),
            streams=plain.get("streams", 4),
            limits=Limits(**plain.get("limits", {})),
            per_slice=plain.get("failures", {}).get("per_slice", 10),
            strict=plain.get("audit", {}).get("strict", False),
            waived={each["slice"]: each["reason"] for each in plain.get("waive", [])},
            datasets=tuple(_dataset(name, declared, today) for name, declared in plain["datasets"].items()),
            declared=plain,
        )


def schema() -> dict[str, Any]:
    """The JSON Schema that defines a study."""
    text = files("ttdata").joinpath("study.schema.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # a third of a job's start, and only a study is checked with it

    return Draft202012Validator(schema())


def _dataset(name: str, declared: Mapping[str, Any], today: date) -> Dataset:
    return Dataset(
        name=name,
        accounts=_accounts(declared),
        videos=Videos.of(declared, _usernames(declared), today) if "videos" in declared else None,
        chained=chained.chained(declared),
    )


def _accounts(declared: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """The author's accounts, each once, with the columns of their table, whose names are in lower case."""
    listed = declared.get("accounts", [])
    rows = (
        {"username": each.lstrip("@")} if isinstance(each, str) else {key.lower(): each[key] for key in each}
        for each in listed
    )
    return tuple({row["username"]: row for row in rows}.values())


def _usernames(declared: Mapping[str, Any]) -> list[str]:
    return [row["username"] for row in _accounts(declared)]


# --- problems ---------------------------------------------------------------------------------------------------


def _plain(value: object) -> object:
    """The same data with dates as text: YAML reads an unquoted 2025-01-31 as a date."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _half_characters(plain: object) -> list[str]:
    """YAML can write half of a pair of characters, which neither a request nor a table can hold."""
    text = json.dumps(plain, ensure_ascii=False, default=str)
    halves = sorted({char for char in text if "\ud800" <= char <= "\udfff"})
    return [f"the file: {half!a} is half a character. Write the character itself." for half in halves]


def _schema_errors(plain: object) -> "list[ValidationError]":
    return sorted(_validator().iter_errors(plain), key=lambda error: [str(part) for part in error.absolute_path])


def _meaning_problems(plain: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    """What a schema cannot say: days that exist, an order of dates, the API's own rules for a query."""
    yield from _limit_problems(plain.get("limits", {}), today)
    yield from schedule.problems(plain)
    yield from canary.problems(plain, today)
    waived = [each["slice"] for each in plain.get("waive", [])]
    for name in sorted({name for name in waived if waived.count(name) > 1}):
        yield "waive", f"{name} stands in the list twice; keep one of them with its reason."
    if "tenant" in (api := plain.get("api", {})) and api.get("base_url", MOCK) != MOCK:
        yield "api.tenant", f"Only the bundled server has tenants; leave it out, or ask it with base_url: {MOCK}."
    for name, declared in plain["datasets"].items():
        at = f"datasets.{name}"
        for key, problem in hydration.problems(declared.get("ids", [])):
            yield f"{at}.ids{key}", problem
        if "ids" in declared and declared.get("videos", {}).get("of") != "ids":
            yield f"{at}.ids", "Nothing asks for these ids; add videos: {of: ids}."
        if "videos" in declared:
            yield from searches.problems(f"{at}.videos", declared, _usernames(declared), today)
        for key, problem in chained.problems(declared, _accounts(declared)):
            yield f"{at}.{key}", problem


def _limit_problems(declared: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    deadline = declared.get("deadline", "1d")
    try:
        Limits(deadline=deadline).last_day(today)
    except (ValueError, OverflowError) as error:
        yield "limits.deadline", f"{deadline} is a day that does not exist ({error})."


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
