"""Where a row comes from: the requests that returned a record, with their log_id and position in the raw pages."""

from datetime import datetime
from pathlib import Path

from ttdata.errors import Fault
from ttdata.tables.declared import sql
from ttdata.tables.files import opened
from ttdata.tables.stored import stored_tables

# Further sentences about a video, by the table that they come from. Not every dataset has these tables.
_NOTES = {
    "draws": """
        SELECT 'It is number ' || position || ' of draw ' || draw || ' of the stratum ' || stratum || '.'
        FROM draws WHERE video_id::VARCHAR = $record ORDER BY stratum, draw, position""",
    "id_status": """
        SELECT 'It is in the list of ids: ' || status || ', named in ' || searches || ' answered searches.'
        FROM id_status WHERE $record IN (video_id::VARCHAR, listed)""",
}


def explain(dataset: Path, record: str) -> str:
    """A few lines per request that returned a record. Fault if the dataset does not have it."""
    parameters = {"record": record.lstrip("@")}
    with opened(dataset) as con:
        requests = con.execute(sql("explain"), parameters).fetchall()
        tables = set(stored_tables(con))
        notes = [
            line
            for table, query in _NOTES.items()
            if table in tables
            for (line,) in con.execute(query, parameters).fetchall()
        ]
    if not requests and not notes:
        raise Fault(f"{dataset} has no record {record}. Give the id of a video or comment, or an account's handle.")
    return "\n".join([*(_request_text(record, *row) for row in requests), *notes])


def _request_text(
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
    request = f"search {name} from {start} to {end}" if item is None else f"slice {name}, which requested {item}"
    sent = f"sent {sent_at:%Y-%m-%d %H:%M:%S} UTC, log_id {log_id}"
    return f"{record} was returned by {source}, {request}\n  {sent}\n  {raw}, answer {seq}"
