"""Missing ids: those of a list that were not found around the day that they contain."""

import json
from pathlib import Path

from ttapi import ENDPOINTS
from ttdata.errors import NotCollected
from ttdata.plan.kept_selections import kept_ids
from ttdata.plan.plan import Plan
from ttdata.store.raw_files import frames


def missing_ids(plan: Plan, dataset: str) -> list[str]:
    """The ids of a dataset's list that were not found around their hinted day, or have no plausible date.

    Raises NotCollected if a search for the others is not finished.
    """
    if (kept := kept_ids(plan, dataset, "videos")) is not None:
        return kept
    known: set[int] = set()
    for name, receipt in plan.searches_before_missing(dataset):
        if not receipt.exists():
            raise NotCollected(f"{receipt} does not exist yet. Run the build again.")
        known |= _video_ids(plan.raw.pages("videos", name))
    ids = plan.dataset(dataset).ids
    return [str(each) for each in sorted(set(ids.video_ids if ids else ()) - known)]


def _video_ids(raw: Path) -> set[int]:
    """The ids of the videos in a raw file."""
    ids = set()
    with raw.open("rb") as file:
        for _, text in frames(file, raw):
            line = json.loads(text)
            if line["code"] == "ok":
                records = ENDPOINTS["video.query"].records(line["body"]["data"])
                ids |= {int(str(record["id"])) for record in records}
    return ids
