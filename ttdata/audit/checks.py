"""The audit: what was requested against what was returned, by the checks of checks.yaml on a built dataset."""

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

from ttdata.packaged import packaged_yaml
from ttdata.publish.query_text import without_names
from ttdata.tables.files import opened, outdated

Severity = Literal["fault", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("fault", "warning", "note")
EXAMPLES = 3
# The values of these conditions identify people or their posts.
FORMAT = 1


@dataclass(frozen=True)
class Check:
    """One entry of checks.yaml: the query, what a case means, and what to do about it."""

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
    """One case of a finding: an id, the slice that returned it, and what was found, in a few words."""

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
        return {
            "check": check.name,
            "severity": check.severity,
            "title": check.title,
            "unit": check.unit,
            "count": self.count,
            "of": self.of,
            "means": check.means,
            "do": check.do,
            "examples": [asdict(each) for each in self.examples],
        }


@cache
def checks() -> tuple[Check, ...]:
    """All checks, the most severe first."""
    rows = packaged_yaml(__package__, "checks.yaml")
    return tuple(Check(**each | {"needs": tuple(each["needs"])}) for each in rows)


@contextmanager
def prepared(dataset: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A dataset file with the tables of audit.sql added. Raises StorageFault if it is not a dataset."""
    with opened(dataset) as con:
        names = _names(con)
        try:
            for statement in files(__package__).joinpath("audit.sql").read_text("utf-8").split(";\n"):
                needs = re.search(r"-- needs: (.+)", statement)
                if needs is None or needs[1] in names:
                    con.execute(statement)
        except (duckdb.BinderException, duckdb.CatalogException):
            raise outdated(dataset) from None
        yield con


def findings(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """What the checks find in a prepared dataset, the most severe first. Checks of missing tables are skipped."""
    names = _names(con)
    results = (_find(con, check) for check in checks() if names >= set(check.needs))
    return [finding for finding in results if finding]


def facts(con: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """What a prepared dataset contains: the rows of each fact of facts.yaml, by its name."""
    names = _names(con)
    return {
        each["name"]: _rows(con, each["sql"]) if names >= set(each["needs"]) else []
        for each in packaged_yaml(__package__, "facts.yaml")
    }


def audit(dataset: Path) -> dict[str, Any]:
    """The report on a dataset, as audit.schema.yaml defines it. Equal datasets have equal reports.

    Raises StorageFault if the file is not a dataset.
    """
    with prepared(dataset) as con:
        (study,) = _rows(con, "SELECT dataset, name AS study, api, software, digest FROM study")
        results, known = findings(con), facts(con)
        names = _names(con)
        return {
            "format": FORMAT,
            **study,
            "counts": {name: sum(each.check.severity == name for each in results) for name in SEVERITIES},
            "findings": [each.as_json() for each in results],
            "checks": [each.name for each in checks() if names >= set(each.needs)],
            **known,
            "queries": [{**row, "query": without_names(json.loads(row["query"]))} for row in known["queries"]],
        }


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
    result = con.execute(sql)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _names(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the dataset's tables, and of its columns as table.column."""
    rows = con.execute("SELECT table_name, table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal")
    return {name for row in rows.fetchall() for name in row}
