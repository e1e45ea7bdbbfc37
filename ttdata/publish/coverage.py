"""How much of a list of ids was found: in all, by age, and by the columns of the list, each with an interval.

The counts are aggregates that can be published. The interval is Wilson's for 95 %: it treats the list as a sample.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import duckdb

from ttdata.errors import StorageFault
from ttdata.tables.declared import quoted

_Z = 1.959964  # of a normal distribution, for 95 %
# A column with more values than this, such as a title, is no stratum.
MOST_VALUES = 20
ALL, AGE, UNKNOWN = "all", "age in years", "unknown"
# The first 32 bits of an id are the second in which the video was posted.
_AGE = (
    "coalesce(date_diff('year', to_timestamp(ids.video_id >> 32)::TIMESTAMP, "
    f"(SELECT max(sent_at) FROM requests))::VARCHAR, '{UNKNOWN}')"
)


@dataclass(frozen=True)
class Share:
    """One row of the table. found, gone, missing, not_asked: numbers of entries; see id_status.status."""

    by: str
    value: str
    listed: int
    found: int
    gone: int
    missing: int
    not_asked: int

    @property
    def searched(self) -> int:
        """Entries that were searched for."""
        return self.found + self.gone + self.missing

    @property
    def share(self) -> float | None:
        """The share that was found of those searched for; None if none was."""
        return self.found / self.searched if self.searched else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The least and the greatest share that fit."""
        return wilson(self.found, self.searched) if self.searched else None


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Wilson's interval for a share, at 95 %."""
    share, scale = hits / tries, 1 + _Z**2 / tries
    middle = (share + _Z**2 / (2 * tries)) / scale
    half = _Z * sqrt(share * (1 - share) / tries + _Z**2 / (4 * tries**2)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def coverage(con: duckdb.DuckDBPyConnection, columns: Sequence[str] = ()) -> list[Share]:
    """The table of a dataset. columns: those of the list to divide by; by default all with few values.

    Raises StorageFault if the dataset has no list of ids, or its list has no such column.
    """
    available = _columns(con)
    if not available:
        raise StorageFault("The dataset was not built from a list of ids, so there is no coverage to report.")
    if unknown := [name for name in columns if name not in available]:
        others = ", ".join(available[2:]) or "none"
        raise StorageFault(f"The list has no column {unknown[0]!r}. Columns beside the id: {others}.")
    strata = list(columns) or [name for name in available[2:] if _number_of_values(con, name) <= MOST_VALUES]
    expressions = [(ALL, f"'{ALL}'"), (AGE, _AGE)]
    expressions += [(name, f"coalesce(ids.{quoted(name)}::VARCHAR, 'not given')") for name in strata]
    return [share for by, expression in expressions for share in _shares(con, by, expression)]


def _shares(con: duckdb.DuckDBPyConnection, by: str, expression: str) -> Iterator[Share]:
    states = ", ".join(
        f"count(*) FILTER (status IN ({states}))"
        for states in ("'found'", "'gone'", "'missing'", "'not_asked', 'not_an_id'")
    )
    order = "try_cast(value AS INTEGER), value"
    query = f"SELECT {expression} AS value, count(*), {states} FROM ids JOIN id_status USING (listed) GROUP BY 1"
    for row in con.execute(f"SELECT * FROM ({query}) ORDER BY {order}").fetchall():
        yield Share(by, *row)


def _columns(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'ids' AND database_name = current_database() "
        "ORDER BY column_index"
    ).fetchall()
    return [name for (name,) in rows]


def _number_of_values(con: duckdb.DuckDBPyConnection, column: str) -> int:
    return int(con.execute(f"SELECT count(DISTINCT {quoted(column)}) FROM ids").fetchall()[0][0])
