"""Where a row comes from: the requests that brought a record, with their log_id and place among the raw pages."""

from datetime import datetime
from importlib.resources import files
from pathlib import Path

from ttdata.digest import opened
from ttdata.errors import Fault


def explain(dataset: Path, record: str) -> str:
    """A few lines for each request that brought a record. Fault if the dataset does not hold it."""
    sql = files("ttdata").joinpath("tables", "explain.sql").read_text("utf-8")
    with opened(dataset) as con:
        found = con.execute(sql, {"record": record.lstrip("@")}).fetchall()
    if not found:
        raise Fault(f"{dataset} holds no record {record}. Give a video's or comment's id, or an account's handle.")
    return "\n".join(_told(record, *row) for row in found)


def _told(
    record: str, source: str, name: str, start: object, end: object, sent_at: datetime, log_id: str, raw: str, seq: int
) -> str:
    searched = f", search {name} from {start} to {end}" if start else ""
    sent = f"sent {sent_at:%Y-%m-%d %H:%M:%S} UTC, log_id {log_id}"
    return f"{record} came with {source}{searched}\n  {sent}\n  {raw}, answer {seq}"
