"""Lists of video ids as people write them down, and the fewest searches that can find the videos.

The API finds a video by its id only within 30 days of posting. An id contains the time at which it was created, in its
upper 32 bits, a minute or so before posting. TikTok does not document this, so it is a hint: an id that is not found
around that day is searched for in the study's whole period, if the study names one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from ttapi import ENDPOINTS, Condition, read_video_id
from ttapi.text import strip_invisible
from ttdata.study.entries import Lists, Unused, spoiled_by_a_spreadsheet
from ttdata.study.periods import Period
from ttdata.study.problems import Problems
from ttdata.text import count, some

COLUMN = "video_id"
# Ids in one search: as many as its one page can hold. How many the API takes is not documented.
BATCH = ENDPOINTS["video.query"].max_count or 1
WINDOW = 30
# Scheduled posts appear up to this long after their id was created (2.5 days were seen).
LATE = timedelta(3)
# Older than any video that TikTok shows; an id with an earlier hint has another structure.
FIRST = date(2014, 1, 1)


@dataclass(frozen=True)
class IdList:
    """The entries of an `ids` list, each id once: its first entry counts.

    listed   the entries as written
    ids      the id that each entry contains, None if it contains none
    columns  the list's other columns by name, a value per entry, None where an entry has none
    """

    listed: tuple[str, ...]
    ids: tuple[int | None, ...]
    columns: Mapping[str, Sequence[str | None]] = field(default_factory=dict)

    @classmethod
    def read(cls, declared: Sequence[object], lists: Lists, problems: Problems) -> "IdList":
        """Read the entries. That some of them are not ids is no problem: they are rows of id_status.

        lists: gets the entries that are not used, and a warning about ids that a spreadsheet has rounded.
        """
        before = len(problems)
        for number, entry in enumerate(declared):
            _check(entry, problems.below(str(number)))
        if "listed" in {column for each in declared if isinstance(each, Mapping) for column in each}:
            problems.add("", "A column of the list is called 'listed', which is a column of the dataset; rename it.")
        if len(problems) > before:
            return cls((), ())
        ids = cls._of(declared, lists)
        if spoiled_by_a_spreadsheet(ids.video_ids):
            lists.warnings.append(
                "ids: A spreadsheet seems to have rounded them, so they are not the ids of the videos that were meant. "
                "Import the original list with the ids as text."
            )
        if declared and not ids.video_ids:
            problems.add("", f"None of its entries is a video id, for example {_text(declared[0])!r}.")
        return ids

    @classmethod
    def _of(cls, declared: Sequence[object], lists: Lists) -> "IdList":
        entries: dict[object, tuple[str, int | None, Mapping[str, str]]] = {}
        for each in declared:
            row = each if isinstance(each, Mapping) else {COLUMN: each}
            text = _text(each)
            video_id = read_video_id(text)
            if text and video_id is None:
                lists.unused.append(Unused("ids", text, None, "It contains no video id."))
            if (video_id or text) in entries:
                lists.unused.append(
                    Unused("ids", text, str(video_id) if video_id else None, "It repeats an earlier entry.")
                )
            elif text:
                own = {str(column).lower(): str(value) for column, value in row.items() if column != COLUMN}
                entries[video_id or text] = text, video_id, own
        names = dict.fromkeys(name for _, _, own in entries.values() for name in own)
        columns = {name: [own.get(name) for _, _, own in entries.values()] for name in names}
        return cls(tuple(text for text, _, _ in entries.values()), tuple(i for _, i, _ in entries.values()), columns)

    @property
    def video_ids(self) -> list[int]:
        """The ids that the list contains, in its order."""
        return [each for each in self.ids if each]

    def notes(self, *, has_period: bool, today: date) -> Iterator[str]:
        """What the author should know of the list before it costs quota."""
        wrong = [text for text, video_id in zip(self.listed, self.ids, strict=True) if video_id is None]
        if wrong:
            what = count(len(wrong), "contains no video id and is", "contain no video id and are")
            yield f"Of {len(self.ids):,} entries of ids, {what} not requested: {some(wrong)}. In id_status: not_an_id."
        entries = zip(self.listed, self.ids, strict=True)
        undated = [text for text, video_id in entries if video_id and not _is_dated(video_id, today)]
        if undated:
            use = "are searched for in the whole period" if has_period else "are requested only if videos has a during"
            yield f"Ids without a plausible date {use}: {len(undated):,}, such as {some(undated)}."


def hint(video_id: int) -> date:
    """The day (UTC) on which an id was created, by the id itself."""
    return datetime.fromtimestamp(video_id >> 32, UTC).date()


def batches(ids: Sequence[int], today: date) -> Iterator[tuple[list[int], Period]]:
    """The fewest searches that cover the hinted day of every id and LATE after it.

    Ids are put in order of time into one search until it is full or its window too long: no other grouping needs fewer
    searches. What is left of a window extends it by a day on either side. Ids whose hint is impossible are left out.
    """
    group: list[int] = []
    for video_id in sorted(each for each in set(ids) if _is_dated(each, today)):
        if group and (len(group) == BATCH or hint(video_id) + LATE - hint(group[0]) >= timedelta(WINDOW)):
            yield group, _window(group)
            group = []
        group.append(video_id)
    if group:
        yield group, _window(group)


def condition(ids: Sequence[int]) -> Condition:
    """The condition of a search for these ids."""
    return Condition(COLUMN, "IN" if len(ids) > 1 else "EQ", ids)


def _is_dated(video_id: int, today: date) -> bool:
    return FIRST <= hint(video_id) <= today


def _window(group: list[int]) -> Period:
    start, end = hint(group[0]), hint(group[-1]) + LATE
    free = WINDOW - 1 - (end - start).days
    return Period(start - timedelta(min(free, 1)), end + timedelta(min(max(free - 1, 0), 1)))


def _text(entry: object) -> str:
    return strip_invisible(str(entry[COLUMN] if isinstance(entry, Mapping) else entry))


def _check(entry: object, problems: Problems) -> None:
    values = entry.values() if isinstance(entry, Mapping) else [entry]
    if isinstance(entry, Mapping) and COLUMN not in entry:
        problems.add("", f"The key {COLUMN!r} is missing.")
        return
    odd = next((each for each in values if isinstance(each, bool) or not isinstance(each, str | int)), None)
    if odd is not None:
        problems.add("", f"{odd!r} is not a video id; write its digits, or the address of the video.")
