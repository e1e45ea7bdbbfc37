"""Where a row comes from: the requests that brought a record, with their log_id and place among the raw pages."""

from datetime import datetime
from pathlib import Path

from ttdata.errors import Fault
from ttdata.tables.declared import sql
from ttdata.tables.files import opened

# What some datasets know of a video beyond the requests that brought it, by the table that knows it.
_KNOWN = {
    "draws": """
        SELECT 'It is number ' || position || ' of draw ' || draw || ' of the stratum ' || stratum || '.'
        FROM draws WHERE video_id::VARCHAR = $record ORDER BY stratum, draw, position""",
    "id_status": """
        SELECT 'It is in the list of ids: ' || status || ', named in ' || searches || ' answered searches.'
        FROM id_status WHERE $record IN (video_id::VARCHAR, listed)""",
}


def explain(dataset: Path, record: str) -> str:
    """A few lines for each request that brought a record. Fault if the dataset does not know it."""
    asked = {"record": record.lstrip("@")}
    with opened(dataset) as con:
        found = con.execute(sql("explain"), asked).fetchall()
        tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        known = [
            line for table in _KNOWN if table in tables for (line,) in con.execute(_KNOWN[table], asked).fetchall()
        ]
    if not found and not known:
        raise Fault(f"{dataset} holds no record {record}. Give a video's or comment's id, or an account's handle.")
    return "\n".join([*(_told(record, *row) for row in found), *known])


def _told(
    record: str,
    source: str,
    name: str,
    start: object,
    end: object,
    item: str | None,
    sent_at: datetime,
    log_id: str,
    raw: str,
    seq: int,
) -> str:
    asked = f"search {name} from {start} to {end}" if item is None else f"slice {name}, which asked about {item}"
    sent = f"sent {sent_at:%Y-%m-%d %H:%M:%S} UTC, log_id {log_id}"
    return f"{record} came with {source}, {asked}\n  {sent}\n  {raw}, answer {seq}"
