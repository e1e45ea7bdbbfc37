"""A study: its file is read, checked against study.schema.yaml, and given types."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttapi.destination import Destination
from ttdata.errors import StudyFault
from ttdata.study.accounts import Account, read_accounts
from ttdata.study.canary import Canary
from ttdata.study.characters import half_characters, whole_characters
from ttdata.study.entries import Lists, Unused
from ttdata.study.id_lists import IdList
from ttdata.study.labels import Labels, read_declared
from ttdata.study.limits import Limits
from ttdata.study.lists import with_lists
from ttdata.study.packages import PackageSettings
from ttdata.study.problems import Problems
from ttdata.study.schedule import Settle
from ttdata.study.schema import schema, validator
from ttdata.study.schema_errors import sentences, with_example
from ttdata.study.searches import Videos
from ttdata.study.sources import Source, read_sources
from ttdata.study.text_files import read_text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

# The base_url of the bundled mock server.
MOCK = "mock"
_TOO_DEEP = "the file is nested too deeply, or contains itself by an alias (*)"
# With this key, Snakemake takes a file for a template (YTE) and runs the Python code in it. Anyone may write a study.
_TEMPLATE = "__use_yte__"


_NO_KEYS = """the file has no top-level keys. A study begins with its name and its datasets.
    Example:
      study: my-study
      datasets:
        climate:
          videos:
            where: {any: [{hashtag_name: klima}]}
            during: [2025-01-01, 2025-01-31]"""


LeaveOut = Callable[[Any], Any]


def _nothing(declared: Any) -> Any:
    return declared


@dataclass(frozen=True)
class Dataset:
    """One dataset: the study's accounts and ids, its videos, and its other sources, each after its parent.

    labels: the study's own labels of its rows. unused: entries of its lists that are not requested. notes: sentences on
    these, and warnings.
    """

    name: str
    accounts: tuple[Account, ...]
    ids: IdList | None
    videos: Videos | None
    sources: tuple[Source, ...]
    labels: tuple[Labels, ...]
    unused: tuple[Unused, ...]
    notes: tuple[str, ...]
    is_in_parquet: bool


@dataclass(frozen=True)
class Settings:
    """Settings of a study that do not depend on its datasets; its plan keeps all of them.

    daily      requests a day; `use` is the fraction of them to send, `streams` how many are sent at the same time
    shared_by  what the client keys have in common whose requests count together; "" if each has its own quota
    per_slice  charged failures a day after which a slice is left alone
    waived     reasons for which slices may stay unfinished, by their names
    strict     whether a fault of the audit fails the build
    exports    formats in which each dataset is exported
    packages   profiles of which each dataset has a replication package
    notes      warnings about settings that concern no dataset
    declared   the study as its file declares it, lists filled in; for the table `study` alone
    """

    base_url: str
    tenant: str
    daily: int
    use: float
    shared_by: str
    streams: int
    limits: Limits
    settle: Settle
    canary: Canary | None
    per_slice: int
    waived: Mapping[str, str]
    strict: bool
    exports: tuple[str, ...]
    packages: tuple[str, ...]
    notes: tuple[str, ...]
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
    def read(cls, path: Path, *, today: date, is_filled: bool = False, leave_out: LeaveOut = _nothing) -> "Study":
        """Read a study's YAML file; StudyFault names every key that cannot be built.

        is_filled: it is the study of a running build, whose lists are filled in and whose labels are checked.
        leave_out: as of `check`.
        """
        base = None if is_filled else path.parent
        return cls.check(cls.load(path), today=today, where=str(path), base=base, leave_out=leave_out)

    @staticmethod
    def load(path: Path) -> object:
        """What a study's file declares, unchecked. StudyFault if it is not YAML with top-level keys."""
        import yaml  # none is for a job, which reads a plan

        from ttdata.study.yaml_errors import blank_problems, syntax_problem
        from ttdata.study.yaml_files import Misread, load_yaml

        text = ""
        try:
            text = read_text(path, "the file")
            # A build passes the study to its jobs as JSON, which a YAML parser reads slowly and not quite the same.
            if blanks := list(blank_problems(text)) if path.suffix != ".json" else []:
                raise StudyFault(blanks, str(path))
            declared = json.loads(text) if path.suffix == ".json" else load_yaml(text)
        except StudyFault as fault:
            raise StudyFault(fault.with_examples, str(path)) from None
        except RecursionError:
            raise StudyFault([_TOO_DEEP], str(path)) from None
        except Misread as misread:
            raise StudyFault(misread.problems, str(path)) from None
        except yaml.YAMLError as error:
            raise StudyFault([syntax_problem(error, text)], str(path)) from None
        except ValueError as error:
            raise StudyFault([f"the file is not JSON: {error}."], str(path)) from None
        if not isinstance(declared, dict):
            raise StudyFault([_NO_KEYS], str(path))
        if _TEMPLATE in declared:
            raise StudyFault([f"Python code in the file would be run; remove {_TEMPLATE} and the code"], str(path))
        return declared

    @classmethod
    def check(
        cls,
        declared: object,
        *,
        today: date,
        where: str = "The study",
        base: Path | None = Path(),
        leave_out: LeaveOut = _nothing,
    ) -> "Study":
        """Check what a study declares and give it types.

        today: the last day (UTC) that a study may request. base: the folder of its list files; None if their
        entries are filled in. leave_out: makes a study with its lists into one without what is kept out of builds.
        Raises StudyFault, which lists all problems.
        """
        try:
            plain = _with_text_dates(declared)
            plain = leave_out(plain if base is None else with_lists(plain, base))
        except RecursionError:
            raise StudyFault([_TOO_DEEP], where) from None
        except StudyFault as fault:
            raise StudyFault(fault.with_examples, where) from None
        if problems := _half_character_problems(plain) or sentences(_schema_errors(plain), plain):
            raise StudyFault(problems, where)
        assert isinstance(plain, dict)
        mistakes = Problems()
        study = cls._typed(plain, today, base, mistakes)
        if mistakes:
            raise StudyFault([*map(with_example, mistakes), *_clock_hint(study, mistakes)], where)
        return study

    @classmethod
    def _typed(cls, plain: Mapping[str, Any], today: date, base: Path | None, problems: Problems) -> "Study":
        """The study with its types; what a schema cannot check is added to the problems."""
        quota, api, lists = plain.get("quota", {}), plain.get("api", {}), Lists()
        base_url = api.get("base_url", MOCK).rstrip("/")
        _check_address(base_url, problems)
        if "tenant" in api and base_url != MOCK:
            problems.add("api.tenant", f"Only the bundled server has tenants; remove it, or set base_url: {MOCK}.")
        return cls(
            name=plain["study"],
            base_url=base_url,
            tenant=api.get("tenant", ""),
            daily=quota.get("daily", 1000),
            use=quota.get("use", 1.0),
            shared_by=quota.get("shared_by", ""),
            streams=plain.get("streams", 4),
            limits=Limits.read(plain, today, problems),
            settle=Settle.read(plain, problems),
            canary=Canary.read(plain, lists, today, problems),
            per_slice=plain.get("failures", {}).get("per_slice", 10),
            waived=_read_waivers(plain, problems),
            strict=plain.get("audit", {}).get("strict", False),
            exports=tuple(plain.get("exports", ())),
            packages=PackageSettings.read(plain, problems).profiles,
            datasets=tuple(
                _read_dataset(name, dataset, today, base, problems.below(f"datasets.{name}"))
                for name, dataset in plain["datasets"].items()
            ),
            notes=tuple(lists.notes()),
            declared=plain,
        )


def _clock_hint(study: "Study", problems: Problems) -> Iterator[str]:
    """How to request later days from the bundled server, if that is what a study needs."""
    if study.base_url == MOCK and any("the API's date is" in each for each in problems):
        yield "api.tenant: The clock of the bundled server is yours to set, for example api: {tenant: now=2026-08-01}."


def _check_address(base_url: str, problems: Problems) -> None:
    if base_url != MOCK:
        try:
            Destination.of(base_url)
        except ValueError as error:
            problems.add("api.base_url", str(error))


def _read_dataset(
    name: str, declared: Mapping[str, Any], today: date, base: Path | None, problems: Problems
) -> Dataset:
    lists = Lists()
    accounts = read_accounts(declared.get("accounts", []), lists, problems)
    ids = IdList.read(declared["ids"], lists, problems.below("ids")) if "ids" in declared else None
    if ids and declared.get("videos", {}).get("of") != "ids":
        problems.add("ids", "No source uses these ids; add videos: {of: ids}.")
    videos = None
    if "videos" in declared:
        handles = [row["username"] for row in accounts if row["username"]]
        videos = Videos.read(declared, handles, ids, lists, today, problems.below("videos"))
    sources = read_sources(declared, accounts, problems)
    labels = read_declared(declared, base, problems)
    notes = tuple(f"{name}: {note}" for note in lists.notes())
    return Dataset(
        name, accounts, ids, videos, sources, labels, tuple(lists.unused), notes, declared.get("storage") == "parquet"
    )


def _read_waivers(plain: Mapping[str, Any], problems: Problems) -> Mapping[str, str]:
    names = [each["slice"] for each in plain.get("waive", [])]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add("waive", f"{name} is in the list twice; keep one of them with its reason.")
    return {each["slice"]: each["reason"] for each in plain.get("waive", [])}


def _schema_errors(plain: object) -> "list[ValidationError]":
    return sorted(_validator().iter_errors(plain), key=lambda error: [str(part) for part in error.absolute_path])


@cache
def _validator() -> "Draft202012Validator":
    return validator(schema())


def _with_text_dates(value: object) -> object:
    """The same data with dates as text: YAML reads an unquoted 2025-01-31 as a date.

    Characters that are escaped as surrogate pairs, as JSON does it, become whole.
    """
    if isinstance(value, Mapping):
        return {whole_characters(str(key)): _with_text_dates(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_text_dates(each) for each in value]
    if isinstance(value, str):
        return whole_characters(value)
    return value.isoformat() if isinstance(value, date) else value


def _half_character_problems(plain: object) -> list[str]:
    halves = half_characters(json.dumps(plain, ensure_ascii=False, default=str))
    return [f"the file: {half!a} is half of a surrogate pair. Write the whole character." for half in halves]
