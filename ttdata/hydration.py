"""Hydration: from a list of video ids, as people wrote it down, to the fewest searches that can find them.

The API finds a video by its id only within 30 days of posting. Which days those are stands in the id itself: its upper
32 bits are the time at which it was made, a minute or so before posting. TikTok does not document this, so it is a
hint: an id that is not found there is searched for in the study's whole period, if the study names one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from ttapi import Condition
from ttdata.text import count, some

COLUMN = "video_id"
# Ids in one search: as many as its one page can hold. How many the API takes is not documented.
BATCH = 100
WINDOW = 30
# Scheduled posts come up to this long after their id was made (2.5 days were seen).
LATE = timedelta(3)
# Older than any video that TikTok shows; an id whose hint lies before is of another making.
FIRST = date(2014, 1, 1)

_ID = re.compile(r"\d{1,19}", re.ASCII)
_ADDRESS = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)?tiktokv?\.com/(?:[^\s/]+/)*(?:video|photo|v)/(\d{1,19})(?:\.html)?(?:[/?#]\S*)?",
    re.ASCII,
)
_LARGEST = (1 << 63) - 1


@dataclass(frozen=True)
class Entry:
    """One entry of the list: `listed` as it was written, its id if it is one, and the list's own columns."""

    listed: str
    video_id: int | None
    columns: Mapping[str, str] = field(default_factory=dict)


def entries(declared: Sequence[object]) -> list[Entry]:
    """The entries of an `ids` list, each id once: the first of it counts."""
    found: dict[object, Entry] = {}
    for each in declared:
        row = each if isinstance(each, Mapping) else {COLUMN: each}
        listed = _text(each)
        video_id = read_id(listed)
        if listed and (video_id or listed) not in found:
            own = {str(column).lower(): str(value) for column, value in row.items() if column != COLUMN}
            found[video_id or listed] = Entry(listed, video_id, own)
    return list(found.values())


def read_id(text: str) -> int | None:
    """The video id that a text states, as digits or as the address of a video; None if it states none."""
    address = _ADDRESS.fullmatch(text)
    digits = address[1] if address else text
    if not _ID.fullmatch(digits):
        return None
    return int(digits) if 0 < int(digits) <= _LARGEST else None


def _text(entry: object) -> str:
    return str(entry[COLUMN] if isinstance(entry, Mapping) else entry).strip()


def hint(video_id: int) -> date:
    """The day (UTC) on which an id says that it was made."""
    return datetime.fromtimestamp(video_id >> 32, UTC).date()


def batches(ids: Sequence[int], today: date) -> Iterator[tuple[list[int], date, date]]:
    """The fewest searches that reach every id at its hinted day and LATE after it: ids, first and last day.

    Ids are taken in their order, which is that of time, into one search until it is full or its window too long: no
    other grouping needs fewer. What is left of a window reaches a day further on either side. Ids whose hint cannot be
    right are left out.
    """
    group: list[int] = []
    for video_id in sorted(each for each in set(ids) if FIRST <= hint(each) <= today):
        if group and (len(group) == BATCH or hint(video_id) + LATE - hint(group[0]) >= timedelta(WINDOW)):
            yield group, *_window(group)
            group = []
        group.append(video_id)
    if group:
        yield group, *_window(group)


def condition(ids: Sequence[int]) -> Condition:
    """What a search for these ids asks."""
    return Condition(COLUMN, "IN" if len(ids) > 1 else "EQ", ids)


def _window(group: list[int]) -> tuple[date, date]:
    start, end = hint(group[0]), hint(group[-1]) + LATE
    free = WINDOW - 1 - (end - start).days
    return start - timedelta(min(free, 1)), end + timedelta(min(max(free - 1, 0), 1))


def problems(declared: Sequence[object]) -> Iterator[tuple[str, str]]:
    """What is wrong with an `ids` list, with the key below it; that some of its entries are no ids is only noted."""
    wrong = [(f".{number}", problem) for number, each in enumerate(declared) if (problem := _problem(each))]
    yield from wrong
    columns = {column for each in declared if isinstance(each, Mapping) for column in each}
    if "listed" in columns:
        yield "", "A column of the list is called 'listed', as one of the dataset's own is; give it another name."
    if declared and not wrong and not any(read_id(_text(each)) for each in declared):
        yield "", f"None of its entries is a video id, for example {_text(declared[0])!r}."


def _problem(entry: object) -> str:
    values = entry.values() if isinstance(entry, Mapping) else [entry]
    if isinstance(entry, Mapping) and COLUMN not in entry:
        return f"The key {COLUMN!r} is missing."
    odd = next((each for each in values if isinstance(each, bool) or not isinstance(each, str | int)), None)
    return "" if odd is None else f"{odd!r} is no video id; write its digits, or the address of the video."


def note(declared: Sequence[object], *, has_period: bool, today: date) -> Iterator[str]:
    """What the author should know of the list before it is paid for."""
    found = entries(declared)
    wrong = [each.listed for each in found if each.video_id is None]
    if wrong:
        number = count(len(wrong), "contains no video id and is", "contain no video id and are")
        yield f"Of {len(found):,} entries of ids, {number} not requested: {some(wrong)}. In id_status: not_an_id."
    undated = [each.listed for each in found if each.video_id and not FIRST <= hint(each.video_id) <= today]
    if undated:
        asked = "are searched for in the whole period" if has_period else "are asked for only if videos has a during"
        yield f"Ids that hold no day that can be right {asked}: {len(undated):,}, such as {some(undated)}."
