"""A world as NDJSON, including the videos that the API does not return: to check a collection against the truth."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import orjson

from mockserver.search.columns import QUERY_COLUMNS
from mockserver.search.records import video_records
from mockserver.world.times import DAY, EPOCH
from mockserver.world.world import World

_BATCH = 1_000


def exported(world: World, start: datetime, end: datetime) -> Iterator[bytes]:
    """One line per video that was posted on the days from `start` to `end`, both included, as it is at the EPOCH."""
    first, last = int(start.timestamp()), int(end.timestamp()) + DAY
    index = np.array(world.timeline.posted_between(first, last), dtype=np.int64)
    for block in np.array_split(index, len(index) // _BATCH + 1):
        posted = world.videos(block).create_time
        videos = world.videos(block[(posted >= first) & (posted < last)])
        records = video_records(videos, EPOCH, tuple(QUERY_COLUMNS), QUERY_COLUMNS)
        for record, is_public in zip(records, videos.public(EPOCH).tolist(), strict=True):
            yield orjson.dumps(record | {"delivered": is_public})
