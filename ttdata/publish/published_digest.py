"""A dataset against a published digest: equal or not, and which tables differ if their digests are published too."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttdata.build.digest import table_digests_of, total
from ttdata.errors import StorageFault
from ttdata.publish.comparison import check_dataset

_DIGEST = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_MOST_BYTES = 1_000_000
_DUCKDB = b"DUCK"


@dataclass(frozen=True)
class PublishedDigest:
    """The content digest of a dataset, and those of its tables if they are known."""

    digest: str
    tables: Mapping[str, str]


@dataclass(frozen=True)
class DigestComparison:
    """Whether a dataset has a digest. `tables` says it of each table; it is empty if only the whole is known.

    A table is equal, different, or only in one: in the dataset ("added"), or where the digest is from ("removed").
    """

    digest: str
    published: str
    tables: Mapping[str, str]

    @property
    def is_equal(self) -> bool:
        return self.digest == self.published

    def as_json(self) -> dict[str, Any]:
        tables = dict(self.tables)
        return {"equal": self.is_equal, "digest": self.digest, "published": self.published, "tables": tables}

    def text(self) -> str:
        """What `ttdata diff` prints."""
        lines = [f"dataset    {self.digest}", f"published  {self.published}", ""]
        lines += [f"{table}: {_WORDS[state]}" for table, state in self.tables.items()]
        if self.is_equal:
            return "\n".join([*lines, "Equal: the dataset has the published digest."])
        advice = "" if self.tables else " Publish `ttdata digest --json` to see which tables differ."
        return "\n".join([*lines, f"Different.{advice}"])


_WORDS = {
    "equal": "equal",
    "different": "different",
    "added": "only in the dataset",
    "removed": "only in the published one",
}


def published_digest(argument: str) -> PublishedDigest | None:
    """The digest that an argument is, or that a text file of this name contains; None if it is a database.

    Raises StorageFault if the file does not exist, or is a text without a digest, or with several.
    """
    if _DIGEST.fullmatch(argument):
        return PublishedDigest(argument.lower(), {})
    path = Path(argument)
    if not path.exists():
        raise StorageFault(f"{argument} does not exist, and is not a digest of 64 hex digits.")
    if not path.is_file() or _is_database(path):
        return None
    with path.open("rb") as file:
        text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    return _of_json(text) or _of_text(path, text)


def compare_with_digest(dataset: Path, published: PublishedDigest) -> DigestComparison:
    """Compare a dataset file with a published digest. Raises StorageFault if it is not a dataset."""
    check_dataset(dataset)
    tables = {name: each.digest for name, each in table_digests_of(dataset).items()}
    states = {}
    for name in sorted(tables.keys() | published.tables.keys()) if published.tables else ():
        own, other = tables.get(name), published.tables.get(name)
        states[name] = "equal" if own == other else "added" if not other else "removed" if not own else "different"
    return DigestComparison(total(tables), published.digest, states)


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[8:] == _DUCKDB


def _of_json(text: str) -> PublishedDigest | None:
    """What `ttdata digest --json` printed; None if the text is something else."""
    try:
        content = json.loads(text)
        tables = {str(name): str(each["digest"]).lower() for name, each in content.get("tables", {}).items()}
        digest = str(content["digest"]).lower()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return PublishedDigest(digest, tables) if _DIGEST.fullmatch(digest) else None


def _of_text(path: Path, text: str) -> PublishedDigest:
    found = {digest.lower() for digest in _DIGEST.findall(text)}
    if len(found) != 1:
        raise StorageFault(
            f"{path} is neither a dataset nor a text with one digest: it has {len(found)} numbers of 64 hex digits."
        )
    return PublishedDigest(found.pop(), {})
