"""The ids of the videos: one per line, sorted, nothing else. Others collect the videos again with them."""

from pathlib import Path

from ttdata.errors import Fault
from ttdata.publish.contents import Contents

NAME = "ids.txt"


def write(contents: Contents, folder: Path) -> list[str]:
    """Write ids.txt. Raises Fault if the dataset has no videos table."""
    if "videos" not in {table.name for table in contents.all_tables}:
        raise Fault(f"{contents.about.dataset} has no videos, so there are no ids to export.")
    rows = contents.con.execute("SELECT id FROM videos ORDER BY id").fetchall()
    (folder / NAME).write_text("".join(f"{video_id}\n" for (video_id,) in rows))
    return [NAME]
