"""Videos as if no more had been requested than the study declares: what is in the pages besides is left out.

Pages of earlier versions of the study can have other days, accounts, terms and fields. Those of other searches count
where they found videos that are in the scope of this study: as earlier observations.
"""

from collections.abc import Sequence

import duckdb

from ttapi.endpoints import OTHER_SPELLINGS
from ttdata.build.conditions_sql import out_of_scope
from ttdata.build.pieces import PieceRound
from ttdata.plan.model import DatasetPlan
from ttdata.tables.declared import insert, quoted
from ttdata.tables.received import record_type


def load(con: duckdb.DuckDBPyConnection, dataset: DatasetPlan, rounds: Sequence[PieceRound]) -> None:
    """Note which raw files have videos outside the scope, with the condition for these, and which fields are needed."""
    con.execute("CREATE TEMP TABLE trimmed (raw VARCHAR, outside VARCHAR)")
    rows = []
    for each in rounds:
        if dataset.scope and each.slice and each.slice.is_exhaustive:
            outside = out_of_scope(each.slice.body["query"], each.slice.period, dataset.scope)
            rows += [[each.raw, outside]] if outside else []
    insert(con, "trimmed", rows)
    con.execute("SET VARIABLE fields = ?::VARCHAR[]", [list(dataset.fields)])


def apply(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Remove from the received records of a table what the dataset does not declare."""
    if table != "videos":
        return
    for outside, files in con.execute("SELECT outside, list(raw) FROM trimmed GROUP BY outside").fetchall():
        con.execute(f"DELETE FROM staged WHERE filename IN (SELECT unnest(?::VARCHAR[])) AND ({outside})", [files])
    ((fields,),) = con.execute("SELECT getvariable('fields')").fetchall()
    if fields:
        requested = {*fields, *(other for other, name in OTHER_SPELLINGS.items() if name in fields)}
        columns = record_type(table).fields
        values = (f"{quoted(each)} := {f'v.{quoted(each)}' if each in requested else 'NULL'}" for each in columns)
        con.execute(f"UPDATE staged SET v = struct_pack({', '.join(values)})")
