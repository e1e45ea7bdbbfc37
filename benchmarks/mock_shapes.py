"""The shapes of the mock's records next to those of recorded answers of the real API.

    python benchmarks/mock_shapes.py

Two recordings are known: 106 videos of a search for one hashtag in one country, and 27 of a test file. A share is
compared with the 95 % interval of the recorded one, a median with a range that we chose for samples of that size.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import sqrt
from statistics import median
from typing import Any

import numpy as np

from mockserver.search.columns import QUERY_COLUMNS
from mockserver.search.records import video_records
from mockserver.world.times import DAY, EPOCH, SETTLED
from mockserver.world.vocabulary import vocabulary
from mockserver.world.world import world

SEARCH = "tiktok-library ExampleInterfaceusage.ipynb: one hashtag, one country"
FILE = "tiktok-library tests/testdata/api_videos_response_page_1_of_2.json"
HASHTAGS = ("cats", "booktok", "trump", "vape", "gaza", "recipe")
Record = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """A figure of recorded videos. recorded: as text; range: where the figure of the mock should be."""

    name: str
    measure: Callable[[list[Record]], float]
    recorded: str
    source: str
    range: tuple[float, float]


def interval(count: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.96, count / total
    middle, spread = share + z * z / (2 * total), z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0, middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)


def share_of(name: str, measure: Callable[[list[Record]], float], count: int, total: int, source: str) -> Figure:
    return Figure(name, measure, f"{count} of {total}", source, interval(count, total))


def share(test: Callable[[Record], bool]) -> Callable[[list[Record]], float]:
    return lambda records: sum(map(test, records)) / len(records)


def in_caption_order(record: Record) -> bool:
    return re.findall(r"#(\S+)", record["video_description"]) == record["hashtag_names"]


def tagged_in_caption_order(records: list[Record]) -> float:
    return share(in_caption_order)([record for record in records if record["hashtag_names"]])


def usernames(pattern: str) -> Callable[[list[Record]], float]:
    """The share of the accounts, each counted once, whose name has the pattern."""
    accounts = share(lambda record: bool(re.fullmatch(pattern, record["username"])))
    return lambda records: accounts(list({record["username"]: record for record in records}.values()))


def tag_counts(records: list[Record]) -> list[int]:
    return [len(record["hashtag_names"]) for record in records]


def lengths(records: list[Record]) -> list[int]:
    return [len(record["video_description"]) for record in records]


FIGURES = (
    Figure("hashtags: median", lambda records: median(tag_counts(records)), "9", SEARCH, (7, 11)),
    Figure("hashtags: most", lambda records: max(tag_counts(records)), "60", SEARCH, (50, 80)),
    Figure("caption, characters: median", lambda records: median(lengths(records)), "146", SEARCH, (115, 180)),
    Figure("caption, characters: most", lambda records: max(lengths(records)), "765", SEARCH, (600, 1_000)),
    Figure("caption, characters: median", lambda records: median(lengths(records)), "67", FILE, (45, 95)),
    share_of("hashtag_names in the caption's order", tagged_in_caption_order, 7, 106, SEARCH),
    share_of("hashtag_names in the caption's order", tagged_in_caption_order, 2, 25, FILE),
    share_of("no hashtags", share(lambda record: not record["hashtag_names"]), 0, 106, SEARCH),
    share_of("no hashtags", share(lambda record: not record["hashtag_names"]), 2, 27, FILE),
    share_of("effect_ids", share(lambda record: "effect_ids" in record), 0, 106, SEARCH),
    share_of("effect_ids", share(lambda record: "effect_ids" in record), 1, 27, FILE),
    share_of("playlist_id", share(lambda record: "playlist_id" in record), 3, 106, SEARCH),
    share_of("voice_to_text", share(lambda record: "voice_to_text" in record), 30, 106, SEARCH),
    share_of("no like_count", share(lambda record: "like_count" not in record), 1, 27, FILE),
    share_of("share_count 0", share(lambda record: record["share_count"] == 0), 63, 106, SEARCH),
    share_of("comment_count 0", share(lambda record: record["comment_count"] == 0), 36, 106, SEARCH),
    share_of("usernames with a leading dot", usernames(r"\..*"), 2, 92, SEARCH),
    share_of("usernames of user and digits", usernames(r"user\d+"), 1, 92, SEARCH),
)


@cache
def sample(source: str) -> list[Record]:
    """Videos of the mock's world like those of a source: of some searches in the US, or any."""
    world_ = world(1, 300_000)
    first_from = world_.timeline.first_from
    videos = world_.videos(np.arange(first_from(SETTLED - 300 * DAY), first_from(SETTLED)))
    if source == SEARCH:
        videos = videos.where(videos.region == vocabulary().regions.index("US"))
        videos = videos.where(videos.have_tag([world_.model.hashtags.find(tag) for tag in HASHTAGS]))
    videos = videos.where(videos.public(EPOCH))
    return video_records(videos[:10_000], EPOCH, tuple(QUERY_COLUMNS), QUERY_COLUMNS)


def short(number: float) -> str:
    return f"{number:.0f}" if number >= 2 else f"{number:.3f}"


def main() -> None:
    print(f"recorded S: {SEARCH}\nrecorded F: {FILE}")
    print(f"{'':<40}{'recorded':>14}{'range':>18}{'mock':>8}")
    for figure in FIGURES:
        low, high = figure.range
        letter = "S" if figure.source == SEARCH else "F"
        print(
            f"{figure.name:<40}{figure.recorded:>12} {letter}{f'{short(low)} to {short(high)}':>18}"
            f"{short(figure.measure(sample(figure.source))):>8}"
        )


if __name__ == "__main__":
    main()
