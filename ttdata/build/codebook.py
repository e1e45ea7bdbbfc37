"""The table `codebook` of a dataset: what each of its columns means, and which values it has."""

import duckdb

from ttdata.tables.codebook import entries, values_of
from ttdata.tables.columns import tables_of
from ttdata.tables.declared import insert, quoted
from ttdata.tables.stored import FILES


def load(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the table of columns. It comes last, since it describes all other tables and views."""
    tables = [table for table in tables_of(con) if table.name not in ("codebook", FILES)]
    values = {table.name: values_of(con, quoted(table.name), table) for table in tables}
    rows = [[*entry.row, entry.joins or None, *values[entry.table][entry.column.name]] for entry in entries(tables)]
    insert(con, "codebook", rows)
