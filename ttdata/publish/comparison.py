"""What differs between two datasets, table by table: rows added, removed and changed, counted by DuckDB.

Rows are matched by the key of their table. In a table without a key, equal rows count as often as they occur, so a
changed row is one removed and one added. Provenance is not compared: it says how data were collected. The
study's own labels are not compared either: they have digests of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ttdata.build.digest import data_tables
from ttdata.errors import StorageFault
from ttdata.tables.declared import key_of, literal, quoted
from ttdata.tables.files import first_line, opened
from ttdata.tables.stored import find_files, stored_tables

# No column of a dataset is called so.
_HERE = '"is here"'

Values = Mapping[str, str | None]
"""The values of a row as text, by column."""


@dataclass(frozen=True)
class Example:
    """A row that changed: its key, and the value of a column before and after."""

    key: Values
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ColumnChange:
    """In how many rows the value of a column changed."""

    column: str
    rows: int
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class TypeChange:
    """A column of another type, or of one dataset only, where the other type is None. Its values are not compared."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class TableChange:
    """What differs in a table. `before` and `after` are its rows; None if a dataset lacks the table.

    changed is None if the table has no key, by which rows could be matched.
    """

    table: str
    key: tuple[str, ...]
    before: int | None
    after: int | None
    added: int = 0
    removed: int = 0
    changed: int | None = None
    columns: tuple[ColumnChange, ...] = ()
    types: tuple[TypeChange, ...] = ()
    examples_added: tuple[Values, ...] = ()
    examples_removed: tuple[Values, ...] = ()

    @property
    def is_equal(self) -> bool:
        return self.before is not None and self.after is not None and not self._differences

    @property
    def _differences(self) -> int:
        return self.added + self.removed + (self.changed or 0) + len(self.types)


@dataclass(frozen=True)
class Comparison:
    """All data tables of two datasets, in the order of their names."""

    tables: tuple[TableChange, ...]

    @property
    def is_equal(self) -> bool:
        return all(each.is_equal for each in self.tables)

    def as_json(self) -> dict[str, Any]:
        return {"equal": self.is_equal, "tables": [{**asdict(each), "equal": each.is_equal} for each in self.tables]}


@dataclass(frozen=True)
class _Pair:
    """A table of both datasets, and the columns that both have with the same type."""

    table: str
    key: tuple[str, ...]
    others: tuple[str, ...]
    types: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.key + self.others

    def value(self, row: str, column: str) -> str:
        """The value of a column in a row as SQL. Blanks in JSON do not count, as in the digest."""
        name = f"{row}.{quoted(column)}"
        return f"json({name})" if self.types[column] == "JSON" else name

    def names(self, places: Sequence[str]) -> str:
        """Names for the columns of the key, which no column of the table can have: k1, k2, and so on."""
        return ", ".join(f"{place} AS k{number}" for number, place in enumerate(places, 1))


def compare(first: Path, second: Path, examples: int = 3) -> Comparison:
    """Compare two dataset files. examples: how many rows to name for each difference.

    Raises StorageFault if they cannot be compared: one is not a dataset, or they have no data table in common.
    """
    with _attached(first, second) as con:
        before, after = _columns(con, "a"), _columns(con, "b")
        if not before.keys() & after.keys():
            raise StorageFault(f"{first} and {second} have no table in common, so they cannot be compared.")
        names = sorted(before.keys() | after.keys())
        return Comparison(tuple(_table(con, name, before, after, examples) for name in names))


def check_dataset(path: Path) -> None:
    """Raise StorageFault if a file is not a dataset that this version can read."""
    with opened(path) as con:
        if "study" not in stored_tables(con):
            raise StorageFault(f"{path} is a DuckDB file, but not a dataset: it has no table study.")


@contextmanager
def _attached(first: Path, second: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads both files, as a and b."""
    for path in (first, second):
        check_dataset(path)
    with TemporaryDirectory() as folder, duckdb.connect(config={"temp_directory": folder}) as con:
        try:
            con.execute(f"ATTACH {literal(str(first))} AS a (READ_ONLY)")
            con.execute(f"ATTACH {literal(str(second))} AS b (READ_ONLY)")
            find_files(con, {"a": first, "b": second})
            yield con
        except duckdb.Error as error:
            raise StorageFault(f"{first} and {second} cannot be compared: {first_line(error)}") from None


def _columns(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    """The types of the columns of each data table."""
    con.execute(f"USE {database}")
    tables = data_tables(con)
    rows = con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = ? ORDER BY table_name, column_index",
        [database],
    ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        if table in tables:
            columns.setdefault(table, {})[column] = kind
    return columns


def _table(
    con: duckdb.DuckDBPyConnection,
    table: str,
    before: Mapping[str, Mapping[str, str]],
    after: Mapping[str, Mapping[str, str]],
    examples: int,
) -> TableChange:
    sides = [f"{database}.main.{quoted(table)}" for database in ("a", "b")]
    rows_before, rows_after = (
        int(con.execute(f"SELECT count(*) FROM {side}").fetchall()[0][0]) if table in columns else None
        for side, columns in zip(sides, (before, after), strict=True)
    )
    if rows_before is None or rows_after is None:
        return TableChange(table, (), rows_before, rows_after)
    types = _type_changes(before[table], after[table])
    common = {name: kind for name, kind in before[table].items() if after[table].get(name) == kind}
    key = key_of(table) if _is_unique(con, sides, key_of(table), common) else ()
    pair = _Pair(table, key, tuple(name for name in common if name not in key), common)
    counted = (_by_key if key else _as_multisets)(con, sides, pair, examples) if common else {}
    return TableChange(table, key, rows_before, rows_after, types=types, **counted)


def _type_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[TypeChange, ...]:
    names = dict.fromkeys([*before, *after])
    changes = (TypeChange(name, before.get(name), after.get(name)) for name in names)
    return tuple(each for each in changes if each.before != each.after)


def _is_unique(
    con: duckdb.DuckDBPyConnection, sides: Sequence[str], key: Sequence[str], common: Mapping[str, str]
) -> bool:
    """Whether the key identifies the rows of both; a file can have been changed by hand."""
    if not key or not common.keys() >= set(key):
        return False
    columns = ", ".join(map(quoted, key))
    counts = (f"SELECT count(*) = count(DISTINCT ({columns})) FROM {side}" for side in sides)
    return all(con.execute(query).fetchall()[0][0] for query in counts)


def _by_key(con: duckdb.DuckDBPyConnection, sides: Sequence[str], pair: _Pair, examples: int) -> dict[str, Any]:
    keys = [f"coalesce(x.{quoted(name)}, y.{quoted(name)})" for name in pair.key]
    matches = " AND ".join(f"x.{quoted(name)} IS NOT DISTINCT FROM y.{quoted(name)}" for name in pair.key)
    is_changed = [f"{pair.value('x', name)} IS DISTINCT FROM {pair.value('y', name)}" for name in pair.others]
    flags = "".join(f", {each} AS c{number}" for number, each in enumerate(is_changed))
    # Rows in Parquet files have no rowid, which would be NULL where a side has no such row.
    before, after = (f"(SELECT *, true AS {_HERE} FROM {side})" for side in sides)
    any_changed = " OR ".join(f"c{number}" for number in range(len(is_changed))) or "false"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE compared AS SELECT {pair.names(keys)}, "
        f"x.{_HERE} IS NULL AS is_added, y.{_HERE} IS NULL AS is_removed{flags} "
        f"FROM {before} AS x FULL JOIN {after} AS y ON {matches} "
        f"WHERE is_added OR is_removed OR {any_changed}"
    )
    both = "NOT is_added AND NOT is_removed"
    counts = "".join(f", count(*) FILTER ({both} AND c{number})" for number in range(len(is_changed)))
    row = con.execute(
        f"SELECT count(*) FILTER (is_added), count(*) FILTER (is_removed), count(*) FILTER ({both}){counts} "
        "FROM compared"
    ).fetchall()[0]
    columns = (
        ColumnChange(name, rows, _examples(con, sides, pair, number, examples))
        for number, (name, rows) in enumerate(zip(pair.others, row[3:], strict=True))
        if rows
    )
    return {
        "added": row[0],
        "removed": row[1],
        "changed": row[2],
        "columns": tuple(columns),
        "examples_added": _keys(con, pair, "is_added", examples),
        "examples_removed": _keys(con, pair, "is_removed", examples),
    }


def _keys(con: duckdb.DuckDBPyConnection, pair: _Pair, condition: str, examples: int) -> tuple[Values, ...]:
    keys = ", ".join(f"k{number}::VARCHAR" for number in range(1, len(pair.key) + 1))
    order = ", ".join(f"k{number}" for number in range(1, len(pair.key) + 1))
    rows = con.execute(f"SELECT {keys} FROM compared WHERE {condition} ORDER BY {order} LIMIT {examples}").fetchall()
    return tuple(dict(zip(pair.key, row, strict=True)) for row in rows)


def _examples(
    con: duckdb.DuckDBPyConnection, sides: Sequence[str], pair: _Pair, number: int, examples: int
) -> tuple[Example, ...]:
    """The first rows in which a column changed, with its values."""
    keys = ", ".join(f"k{place}" for place in range(1, len(pair.key) + 1))
    matches = [
        " AND ".join(f"{side}.{quoted(name)} IS NOT DISTINCT FROM k{place}" for place, name in enumerate(pair.key, 1))
        for side in ("x", "y")
    ]
    column = quoted(pair.others[number])
    texts = ", ".join(f"k{place}::VARCHAR" for place in range(1, len(pair.key) + 1))
    rows = con.execute(
        f"SELECT {texts}, x.{column}::VARCHAR, y.{column}::VARCHAR FROM (SELECT {keys} FROM compared "
        f"WHERE c{number} AND NOT is_added AND NOT is_removed ORDER BY {keys} LIMIT {examples}) "
        f"JOIN {sides[0]} AS x ON {matches[0]} JOIN {sides[1]} AS y ON {matches[1]} ORDER BY {keys}"
    ).fetchall()
    return tuple(Example(dict(zip(pair.key, row, strict=False)), row[-2], row[-1]) for row in rows)


def _as_multisets(con: duckdb.DuckDBPyConnection, sides: Sequence[str], pair: _Pair, examples: int) -> dict[str, Any]:
    values = ", ".join(f"{pair.value('x', name)} AS c{number}" for number, name in enumerate(pair.columns))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE compared AS SELECT * EXCLUDE (side), sum(side)::BIGINT AS surplus "
        f"FROM (SELECT {values}, -1 AS side FROM {sides[0]} AS x UNION ALL SELECT {values}, 1 FROM {sides[1]} AS x) "
        "GROUP BY ALL HAVING surplus != 0"
    )
    ((added, removed),) = con.execute(
        "SELECT coalesce(sum(surplus) FILTER (surplus > 0), 0)::BIGINT, "
        "coalesce(-sum(surplus) FILTER (surplus < 0), 0)::BIGINT FROM compared"
    ).fetchall()
    return {
        "added": added,
        "removed": removed,
        "examples_added": _rows(con, pair, "surplus > 0", examples),
        "examples_removed": _rows(con, pair, "surplus < 0", examples),
    }


def _rows(con: duckdb.DuckDBPyConnection, pair: _Pair, condition: str, examples: int) -> tuple[Values, ...]:
    columns = range(len(pair.columns))
    texts = ", ".join(f"c{number}::VARCHAR" for number in columns)
    order = ", ".join(f"c{number}" for number in columns)
    rows = con.execute(f"SELECT {texts} FROM compared WHERE {condition} ORDER BY {order} LIMIT {examples}").fetchall()
    return tuple(dict(zip(pair.columns, row, strict=True)) for row in rows)
