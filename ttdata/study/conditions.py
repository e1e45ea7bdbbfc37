"""Conditions of selections: for which rows of its parent a source requests data.

`where` is applied first, then `top`, then `sample`.

A study may come from anyone and its condition is SQL, so it is never run as written: it is parsed, every part of it
must be on the lists below, and what runs is made from the parts. The connection that runs it can open no file.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import duckdb

from ttdata.study.other_names import key_hint
from ttdata.study.selections import Sample, Selection, Top
from ttdata.tables.declared import create, create_accounts, key_of, quoted

# Kinds of expression that a condition may consist of; a subquery is not among them.
_EXPRESSIONS = frozenset(
    {"BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "OPERATOR", "TYPE"}
)
# Functions of one row: the same pages give the same selection on any day and machine.
_NAMED = """
    abs ceil floor round trunc greatest least nullif
    lower upper trim ltrim rtrim length len substring left right concat concat_ws
    contains starts_with ends_with prefix suffix regexp_matches regexp_full_match json_extract json_extract_string
    list_contains list_has_any list_has_all date_part date_trunc date_diff year month week day hour minute dayofweek
    isodow dayofyear strftime epoch
"""
FUNCTIONS = tuple(_NAMED.split())
# The names of operators, [1, 2] and INTERVAL in a parse tree.
_OPERATORS = """
    + - * / // % || & | ~~ !~~ ~~* !~~* ^@ -> ->> like_escape ilike_escape not_like_escape not_ilike_escape list_value
    to_years to_months to_weeks to_days to_hours to_minutes to_seconds
"""
_CALLED = frozenset([*FUNCTIONS, *_OPERATORS.split()])
_PERIODS = ("day", "week", "month")
_RANKED = ("BIGINT", "INTEGER", "DOUBLE", "TIMESTAMP", "DATE")
# Levels of lists and mappings in a parse tree.
_DEEPEST = 200


class Refused(Exception):
    """A condition that cannot be used; the text says why, in a sentence."""


class Selector:
    """Selects rows of a table in a database.

    Selector.empty(table, accounts).problems(selection): what is wrong with it, before anything is requested.
    Selector(con, table).items(column, requestable, selection): the items to request.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, table: str) -> None:
        self._con = con
        self._table = table
        self._types = {name: kind for name, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall()}

    @classmethod
    def empty(cls, table: str, accounts: Sequence[Mapping[str, object]]) -> "Selector":
        """A selector over a table without rows, its columns as the .sql files declare them."""
        con = duckdb.connect(config={"enable_external_access": False})
        if table == "accounts":
            create_accounts(con, accounts)
        else:
            create(con, table)
        return cls(con, table)

    def problems(self, selection: Selection) -> Iterator[tuple[str, str]]:
        """What is wrong with a selection, by key."""
        if selection.top:
            yield from self._by_problems(selection.top.by)
        for key, part in (("top.per", selection.top), ("sample.per", selection.sample)):
            if part and part.per and self._group(part.per) is None:
                periods = _PERIODS if "create_time" in self._types else ()
                yield key, self._no_column(part.per, [*self._types, *periods])
        if selection.where is not None:
            try:
                self._try(self._expression(selection.where))
            except Refused as reason:
                yield "where", str(reason)

    def used_columns(self, selection: Selection) -> set[str]:
        """The columns that a selection without problems uses."""
        names = [selection.top.by] if selection.top else []
        names += [each.per for each in (selection.top, selection.sample) if each and each.per]
        columns = {name if name in self._types else "create_time" for name in names}
        if selection.where is not None:
            references = (part for part in _parts(self._expression(selection.where)) if part["class"] == "COLUMN_REF")
            columns |= {part["column_names"][0].lower() for part in references}
        return columns

    def items(self, column: str, requestable: str, selection: Selection) -> list[str]:
        """The items to request: values of a column, each once, as text, in their order.

        requestable: the condition that a row must meet to be requested at all. From here on the connection opens no
        file. Raises Refused.
        """
        self._con.execute("SET enable_external_access = false")
        where = _text(self._con, self._expression(selection.where)) if selection.where else "true"
        top, sample = selection.top, selection.sample
        item, *newest = (quoted(each) for each in (column, *key_of(self._table), column))
        # Only the columns that are needed are sorted: a study may have millions of videos.
        query = f"""
            SELECT DISTINCT {item}::VARCHAR AS item, {self._part(sample)} AS part
            FROM {self._table}
            WHERE {item}::VARCHAR <> '' AND ({requestable}) AND ({where})
        """
        if top:
            rank = ", ".join([f"{quoted(top.by)} DESC NULLS LAST", *(f"{each} DESC" for each in newest)])
            query += f"QUALIFY row_number() OVER (PARTITION BY {self._part(top)} ORDER BY {rank}) <= {top.k:d}"
        if sample:
            rank = f"sha256('{sample.seed:d}:' || item)"
            query = f"FROM ({query}) QUALIFY row_number() OVER (PARTITION BY part ORDER BY {rank}) <= {sample.k:d}"
        try:
            rows = self._con.execute(f"SELECT DISTINCT item FROM ({query}) ORDER BY item").fetchall()
        except duckdb.Error as error:
            raise Refused(f"The condition failed on a row: {_first_line(error)}") from None
        return [text for (text,) in rows]

    def _part(self, part: Top | Sample | None) -> str:
        """The group within which rows are selected, as SQL."""
        return self._group(part.per) or "NULL" if part and part.per else "NULL"

    def _group(self, column: str) -> str | None:
        """A column, or a period of the time of posting or writing, as SQL; None if there is neither."""
        if column in self._types:
            return quoted(column)
        return f"date_trunc('{column}', create_time)" if column in _PERIODS and "create_time" in self._types else None

    def _by_problems(self, column: str) -> Iterator[tuple[str, str]]:
        ranked = [name for name, kind in self._types.items() if kind.startswith(_RANKED)]
        if column not in self._types:
            yield "top.by", self._no_column(column, ranked)
        elif column not in ranked:
            yield "top.by", f"{column!r} is neither a number nor a time.{_allowed(ranked)}"

    def _no_column(self, column: str, allowed: Sequence[str]) -> str:
        meant = key_hint(column, allowed)
        return f"{self._table} has no column {column!r}.{meant}{_allowed(allowed)}"

    def _expression(self, where: str) -> dict[str, Any]:
        """A condition as its parts. Raises Refused unless each is allowed and names columns of the table alone."""
        if not where.strip():  # DuckDB before 2.0 takes no condition for a mistake of syntax
            raise Refused("This is not a single condition. Write it as you would after WHERE in SQL.")
        # On a line of its own, or a comment in it would hide the bracket.
        node = _parsed(self._con, f"SELECT (\n{where}\n)")
        template = _parsed(self._con, "SELECT (true)")
        expressions = node.pop("select_list", [])
        del template["select_list"]
        if len(expressions) != 1 or _shape(node) != _shape(template):
            raise Refused("This is not a single condition. Write it as you would after WHERE in SQL.")
        for part in _parts(expressions[0]):
            self._check(part)
        return cast("dict[str, Any]", expressions[0])

    def _check(self, part: Mapping[str, Any]) -> None:
        if part["class"] not in _EXPRESSIONS:
            kind = part["class"].lower().replace("_", " ")
            raise Refused(f"A condition compares columns with values; it cannot contain a {kind}.")
        if part["class"] == "COLUMN_REF":
            name = ".".join(part["column_names"])
            if name.lower() not in (column.lower() for column in self._types):
                raise Refused(self._no_column(name, list(self._types)))
        if part["class"] == "FUNCTION":
            plain = not (part["schema"] or part["catalog"] or part["filter"] or part["distinct"])
            if part["function_name"] == "row":
                raise Refused("This is not a single condition. Write it as you would after WHERE in SQL.")
            if not plain or part["function_name"].lower() not in _CALLED:
                raise Refused(f"A condition cannot use the function {part['function_name']!r}.")

    def _try(self, expression: Mapping[str, Any]) -> None:
        """Run a condition on a row without values. Raises Refused if these types do not allow it."""
        row = ", ".join(f"NULL::{kind} AS {quoted(name)}" for name, kind in self._types.items())
        # In a table: for a row of constants DuckDB would know the result without reading the condition's values.
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE tried AS SELECT {row}")
        condition = _text(self._con, expression)
        try:
            ((kind, _),) = self._con.execute(
                f"SELECT typeof(met), met FROM (SELECT {condition} AS met FROM tried)"
            ).fetchall()
        except duckdb.Error as error:
            raise Refused(f"The condition cannot be used: {_first_line(error)}") from None
        if kind != "BOOLEAN":
            raise Refused("This is a value, not a condition. Compare it with something, such as comment_count > 0.")


def _allowed(columns: Sequence[str]) -> str:
    return f" Allowed: {', '.join(columns)}." if columns else " None of its columns can be used here."


def _parsed(con: duckdb.DuckDBPyConnection, statement: str) -> dict[str, Any]:
    """The parse tree of one SELECT. Raises Refused if it is anything else."""
    try:
        ((text,),) = con.execute("SELECT json_serialize_sql(?::VARCHAR)", [statement]).fetchall()
        parsed = json.loads(text)
        if parsed["error"]:
            raise Refused(f"This is not an SQL condition: {' '.join(parsed['error_message'].split())}.")
        if len(parsed["statements"]) != 1:
            raise Refused("This is more than one statement. Write one condition.")
    except (duckdb.Error, ValueError, RecursionError):
        raise Refused("This cannot be read as an SQL condition.") from None
    return cast("dict[str, Any]", parsed["statements"][0]["node"])


def _shape(node: object) -> object:
    """A parse tree without the positions in the text."""
    if isinstance(node, dict):
        return {key: _shape(value) for key, value in node.items() if not key.startswith("query_location")}
    return [_shape(each) for each in node] if isinstance(node, list) else node


def _parts(tree: object) -> Iterator[dict[str, Any]]:
    """Every expression of a parse tree. Raises Refused if it is nested deeper than anyone would write."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            raise Refused("This is nested too deeply.")
        if isinstance(node, dict) and "class" in node:
            yield node
        inner = node.values() if isinstance(node, dict) else reversed(node) if isinstance(node, list) else ()
        waiting += [(each, depth + 1) for each in inner if isinstance(each, dict | list)]


def _text(con: duckdb.DuckDBPyConnection, expression: Mapping[str, Any]) -> str:
    """SQL made from a parse tree."""
    template: dict[str, Any] = {"error": False, "statements": [{"node": _parsed(con, "SELECT (true)")}]}
    template["statements"][0]["node"]["select_list"] = [expression]
    ((text,),) = con.execute("SELECT json_deserialize_sql(?::JSON)", [json.dumps(template)]).fetchall()
    return str(text).removeprefix("SELECT ")


def _first_line(error: duckdb.Error) -> str:
    kind, _, message = str(error).splitlines()[0].partition(": ")
    return (message or kind).rstrip(".") + "."
