"""The study of a package: with pseudonyms where accounts may not be named, and as a twin on the mock server."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml

from ttdata.publish.pseudonyms import NAMES

Declared = dict[str, Any]
_LONG = 20  # entries of a list that is written to a file of its own
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_AND_OR = re.compile(r"(\b(?:AND|OR)\b)", re.IGNORECASE)
_NAMED = re.compile(rf"\b(?:{'|'.join(NAMES)})\b", re.IGNORECASE)
# Keys that say how a study is collected or published, not what it requests.
_OF_COLLECTING = ("quota", "limits", "waive", "canary", "audit", "exports", "package", "failures", "settle", "terms")
INVENTED_CELL = "invented"


@dataclass(frozen=True)
class Replacements:
    """What takes the place of the accounts and the ids that a study names; the same always by the same."""

    account: Callable[[str], str]
    video: Callable[[str], str]


def accounts_in(declared: Declared) -> list[str]:
    """The entries of a study that name accounts, each once, in their order."""
    found: dict[str, None] = {}

    def note(entry: str) -> str:
        found.setdefault(entry)
        return entry

    replaced(declared, Replacements(note, str))
    return list(found)


def ids_in(declared: Declared) -> list[str]:
    """The video ids that a study lists or searches for."""
    found: dict[str, None] = {}

    def note(entry: str) -> str:
        found.setdefault(entry)
        return entry

    replaced(declared, Replacements(str, note))
    return list(found)


def without_people(declared: Declared) -> Declared:
    """A study without the people of its laboratory, who concern no reader."""
    if "terms" not in declared:
        return declared
    return declared | {"terms": {key: value for key, value in declared["terms"].items() if key != "roster"}}


def sources_of(dataset: Mapping[str, Any]) -> dict[str, Declared]:
    """The sources that a dataset declares, by name."""
    return {name: each for name, each in dataset.items() if isinstance(each, dict) and name != "labels"}


def numbered(entries: list[str], name: str) -> Callable[[str], str]:
    """Pseudonyms by number, such as account0001: without a key there is nothing to guess them by."""
    digits = max(4, len(str(len(entries))))
    by_entry = {entry: f"{name}{number:0{digits}}" for number, entry in enumerate(entries, 1)}
    return lambda entry: by_entry.get(entry, f"{name}{'0' * digits}")


def replaced(declared: Declared, by: Replacements, *, other_cells: str | None = None) -> Declared:
    """A copy of a study with its accounts and ids replaced.

    other_cells: what takes the place of the cells of its lists that no condition uses; None leaves their columns out.
    """
    study = deepcopy(declared)
    for dataset in study["datasets"].values():
        used = _used_columns(dataset)
        if "accounts" in dataset:
            dataset["accounts"] = [
                _row(each, "username", by.account, used, other_cells) for each in dataset["accounts"]
            ]
        if isinstance(dataset.get("ids"), list):
            dataset["ids"] = [_row(each, "video_id", by.video, used, other_cells) for each in dataset["ids"]]
        for source in sources_of(dataset).values():
            _replace_in_source(source, by)
    if "canary" in study:
        _replace_in_source(study["canary"], by)
    return study


def _row(row: Any, key: str, replace: Callable[[str], str], used: set[str], other: str | None) -> Any:
    if not isinstance(row, Mapping):
        return replace(str(row))
    cells = {name: value for name, value in row.items() if name in used or other is not None}
    return {name: value if name in used else other for name, value in cells.items()} | {key: replace(str(row[key]))}


def _used_columns(dataset: Mapping[str, Any]) -> set[str]:
    """Columns of the study's lists that its conditions and groups may use."""
    texts = [
        str(part)
        for source in sources_of(dataset).values()
        for part in (source.get("where"), *(source.get(key, {}).get("per") for key in ("top", "sample")))
        if isinstance(part, str)
    ]
    uses_shops = any(name.startswith("shops") for name in dataset)
    return set(re.findall(r"\w+", " ".join(texts))) | ({"shop_name"} if uses_shops else set())


def _replace_in_source(source: Declared, by: Replacements) -> None:
    where = source.get("where")
    if isinstance(where, str):
        # Whatever is compared with a name is one.
        parts = (
            _LITERAL.sub(lambda match: f"'{by.account(match[1])}'", part) if _NAMED.search(part) else part
            for part in _AND_OR.split(where)
        )
        source["where"] = "".join(parts)
    elif isinstance(where, dict):
        for conditions in where.values():
            for condition in conditions:
                for field, replace in (("username", by.account), ("video_id", by.video)):
                    if field in condition:
                        condition[field] = _each(condition[field], replace)
    for phase in source.get("phases") or ():
        if isinstance(phase, dict) and phase.get("field") == "username":
            phase["term"] = by.account(phase["term"])


def _each(value: Any, replace: Callable[[str], str]) -> Any:
    return [replace(str(each)) for each in value] if isinstance(value, list) else replace(str(value))


def without_ids(declared: Declared) -> Declared:
    """A copy of a study in which lists of ids are empty: a package without ids must not have them in its study."""
    study = replaced(declared, Replacements(str, lambda _: "to-be-requested"))
    for dataset in study["datasets"].values():
        if "ids" in dataset:
            dataset["ids"] = ["to-be-requested"]
    return study


def twin(declared: Declared, by: Replacements, tenant: str) -> Declared:
    """The same study on the bundled mock server, one request after the other so that it is always the same."""
    study = replaced(declared, by, other_cells=INVENTED_CELL)
    kept = {key: value for key, value in study.items() if key not in _OF_COLLECTING}
    return kept | {"api": {"base_url": "mock", "tenant": tenant}, "streams": 1}


def as_files(study: Declared, name: str = "config.yaml", first_line: str = "") -> dict[str, str]:
    """A study as files: its YAML, and a file for each long list."""
    study, files = deepcopy(study), dict[str, str]()
    for path, holder, key in list(_lists(study)):
        entries = holder[key]
        if len(entries) > _LONG:
            is_table = any(isinstance(each, dict) for each in entries)
            file = f"lists/{'-'.join(path)}.{'csv' if is_table else 'txt'}"
            files[file] = _table(entries) if is_table else "".join(f"{each}\n" for each in entries)
            holder[key] = {"file": file}
    text = yaml.safe_dump(study, sort_keys=False, allow_unicode=True, width=110)
    return {name: first_line + text, **files}


def _lists(study: Declared) -> Iterator[tuple[tuple[str, ...], Declared, str]]:
    """The lists of a study that may be in files: a name for each, what holds it, and its key there."""
    for dataset_name, dataset in study["datasets"].items():
        for key in ("accounts", "ids"):
            if isinstance(dataset.get(key), list):
                yield (dataset_name, key), dataset, key
        for name, source in sources_of(dataset).items():
            if isinstance(source.get("phases"), list):
                yield (dataset_name, name, "phases"), source, "phases"
            where = source.get("where")
            for group, conditions in where.items() if isinstance(where, dict) else ():
                for number, condition in enumerate(conditions, 1):
                    for field in condition:
                        if isinstance(condition[field], list) and field in ("username", "hashtag_name", "keyword"):
                            yield (dataset_name, name, group, str(number), field), condition, field


def _table(rows: list[Any]) -> str:
    columns = list(dict.fromkeys(column for row in rows if isinstance(row, dict) for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(row if isinstance(row, dict) else {columns[0]: row} for row in rows)
    return text.getvalue()
