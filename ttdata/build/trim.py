"""Videos as if no more had been requested: pages that are used again can have other days and further fields."""

from collections.abc import Sequence

import duckdb

from ttapi.endpoints import OTHER_SPELLINGS
from ttdata.build.pieces import PieceRound
from ttdata.plan.model import DatasetPlan
from ttdata.plan.names import first_round
from ttdata.tables.declared import insert, quoted
from ttdata.tables.received import record_type


def load(con: duckdb.DuckDBPyConnection, dataset: DatasetPlan, rounds: Sequence[PieceRound]) -> None:
    """Note which days of which raw files are needed, and which fields."""
    con.execute('CREATE TEMP TABLE parts (raw VARCHAR, start DATE, "end" DATE)')
    parts = [
        [each.raw, *days]
        for each in rounds
        if each.slice
        for days in dataset.parts.get(first_round(each.receipt.name), ())
    ]
    insert(con, "parts", parts)
    con.execute("SET VARIABLE fields = ?::VARCHAR[]", [list(dataset.fields)])


def apply(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Remove from the received records of a table what the dataset does not request."""
    if table != "videos":
        return
    # A video without a time of posting has an id that contains it, up to some minutes.
    con.execute(
        "DELETE FROM staged WHERE filename IN (SELECT raw FROM parts) AND NOT EXISTS (FROM parts WHERE raw = filename "
        "AND make_timestamp(coalesce(v.create_time, coalesce(v.id, v.video_id) >> 32) * 1000000)::DATE "
        'BETWEEN start AND "end")'
    )
    ((fields,),) = con.execute("SELECT getvariable('fields')").fetchall()
    if fields:
        requested = {*fields, *(other for other, name in OTHER_SPELLINGS.items() if name in fields)}
        columns = record_type(table).fields
        values = (f"{quoted(each)} := {f'v.{quoted(each)}' if each in requested else 'NULL'}" for each in columns)
        con.execute(f"UPDATE staged SET v = struct_pack({', '.join(values)})")
