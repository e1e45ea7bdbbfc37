"""The audit: what was asked against what came, checked on a built dataset. The checks stand in checks.yaml."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import duckdb
import yaml

from ttdata.errors import StorageFault
from ttdata.tables.files import opened

Severity = Literal["fault", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("fault", "warning", "note")
EXAMPLES = 3
# Values of these conditions are people or their posts.
_COUNTED = {"username": "accounts", "video_id": "video ids"}
FORMAT = 1


@dataclass(frozen=True)
class Check:
    """One row of checks.yaml: what is looked for, what it means, and what to do."""

    name: str
    severity: Severity
    title: str
    means: str
    do: str
    needs: tuple[str, ...]
    unit: str
    sql: str
    of: str | None = None


@dataclass(frozen=True)
class Example:
    """One case of a finding: an id, the slice that brought it, and what was found, in a few words."""

    id: str | None
    slice: str | None
    found: str


@dataclass(frozen=True)
class Finding:
    """What a check found: `count` cases among `of`, and a few of them."""

    check: Check
    count: int
    of: int | None
    examples: tuple[Example, ...]

    def as_json(self) -> dict[str, Any]:
        check = self.check
        told = {"check": check.name, "severity": check.severity, "title": check.title, "unit": check.unit}
        return told | {
            "count": self.count,
            "of": self.of,
            "means": check.means,
            "do": check.do,
            "examples": [asdict(each) for each in self.examples],
        }


@cache
def checks() -> tuple[Check, ...]:
    """All checks, gravest first."""
    listed = yaml.safe_load(files("ttdata").joinpath("checks.yaml").read_text("utf-8"))
    return tuple(Check(**each | {"needs": tuple(each["needs"])}) for each in listed)


@contextmanager
def prepared(dataset: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A dataset file with the tables of audit.sql beside its own. Raises StorageFault if it is no dataset."""
    with opened(dataset) as con:
        there = _things(con)
        try:
            for statement in files("ttdata").joinpath("audit.sql").read_text("utf-8").split(";\n"):
                needs = re.search(r"-- needs: (.+)", statement)
                if needs is None or needs[1] in there:
                    con.execute(statement)
        except (duckdb.BinderException, duckdb.CatalogException):
            raise StorageFault(
                f"{dataset} was not built by this version of ttdata. Build it again; nothing is asked for twice."
            ) from None
        yield con


def findings(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """What the checks find in a prepared dataset, gravest first; checks for tables that it lacks are left out."""
    there = _things(con)
    found = (_find(con, check) for check in checks() if there >= set(check.needs))
    return [each for each in found if each]


def facts(con: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """What a prepared dataset tells of itself: the rows of each fact of facts.yaml, by its name."""
    there = _things(con)
    return {
        each["name"]: _rows(con, each["sql"]) if there >= set(each["needs"]) else []
        for each in yaml.safe_load(files("ttdata").joinpath("facts.yaml").read_text("utf-8"))
    }


def audit(dataset: Path) -> dict[str, Any]:
    """The report on a dataset, of the form that audit.schema.yaml defines. Equal datasets have equal reports.

    Raises StorageFault if the file is no dataset.
    """
    with prepared(dataset) as con:
        (about,) = _rows(con, "SELECT dataset, name AS study, api, software, digest FROM study")
        found = findings(con)
        counts = {severity: sum(each.check.severity == severity for each in found) for severity in SEVERITIES}
        told = facts(con)
        looked = [each.name for each in checks() if _things(con) >= set(each.needs)]
        return {
            "format": FORMAT,
            **about,
            "counts": counts,
            "findings": [each.as_json() for each in found],
            "checks": looked,
            **told,
            "queries": [{**row, "query": _counted(row["query"])} for row in told["queries"]],
        }


def _counted(query: str) -> dict[str, Any]:
    """A query without the accounts and ids that it lists: how many there are is enough, and theirs is no report."""
    groups: dict[str, Any] = json.loads(query)
    for condition in (each for group in groups.values() for each in group):
        if kind := _COUNTED.get(condition["field_name"]):
            condition["field_values"] = [f"one of {len(condition['field_values']):,} {kind}"]
    return groups


def _find(con: duckdb.DuckDBPyConnection, check: Check) -> Finding | None:
    rows = con.execute(
        f"WITH cases AS ({check.sql}) "
        "SELECT id::VARCHAR, slice, found, (SELECT sum(times)::BIGINT FROM cases) FROM cases "
        f"ORDER BY times DESC, id, slice, found LIMIT {EXAMPLES}"
    ).fetchall()
    if not rows:
        return None
    of = con.execute(check.of).fetchall()[0][0] if check.of else None
    return Finding(check, int(rows[0][-1]), of, tuple(Example(*row[:3]) for row in rows))


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    found = con.execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _things(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the dataset's tables, and of its columns as table.column."""
    named = con.execute("SELECT table_name, table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal")
    return {name for row in named.fetchall() for name in row}
