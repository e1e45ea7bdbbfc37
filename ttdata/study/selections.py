"""Selections as a study declares them: for which rows of its parent a source requests data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Top:
    """The k rows that rank highest by a column, for each value of `per` if that is set."""

    by: str
    k: int
    per: str | None = None


@dataclass(frozen=True)
class Sample:
    """k of the items, for each value of `per` if that is set: the same on any machine, and part of every larger k."""

    k: int
    seed: int
    per: str | None = None


@dataclass(frozen=True)
class Selection:
    """First the rows that meet `where`, of these the top, of these a sample."""

    where: str | None = None
    top: Top | None = None
    sample: Sample | None = None

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> "Selection":
        """The selection of a source of a study, or of a source in plan.json."""
        top, sample = declared.get("top"), declared.get("sample")
        return cls(declared.get("where"), Top(**top) if top else None, Sample(**sample) if sample else None)


ALL = Selection()
