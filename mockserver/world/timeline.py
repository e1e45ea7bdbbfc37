"""When videos are posted: their order in time, and the ids that contain it."""

import numpy as np

from mockserver.world.hashing import Ints, below, draws, ints, key
from mockserver.world.times import BEGIN, DAY, END, EPOCH, SETTLED

WATERMARK = 0x5A  # the last byte of every invented id
LATE = 3 * DAY  # from the second in an id to the post, at most, if it is scheduled

MOST_USUAL_DELAY = 135  # seconds, if it is not scheduled

_TICKS = 32_000  # of a second: 1,000 ms of 32 sequence numbers
_HOUR = 3_600 * _TICKS
_YEARS = {2018: 1, 2019: 2, 2020: 3, 2021: 4, 2022: 5, 2023: 9, 2024: 22, 2025: 60}  # later years: as the last one
_WEEKDAYS = (20, 20, 20, 20, 21, 22, 23)
_HOURS = (5, 4, 3, 2, 2, 2, 3, 4, 5, 6, 6, 7, 8, 8, 8, 8, 9, 10, 11, 11, 10, 9, 8, 6)


def make_id(second: Ints, code: Ints) -> Ints:
    """Ids of the recorded layout: seconds, 10 bits of milliseconds, 3 zeros, 5 bits of sequence, 2 zeros, 13, one byte.

    code: an integer below 32,000.
    """
    return (second << 32) | (code // 32 << 22) | (code % 32 << 14) | (13 << 8) | WATERMARK


def read_id(ids: Ints) -> tuple[Ints, Ints]:
    """The second and the code of each id. The code of an id that `make_id` did not make is -1."""
    second, code = ids >> 32, ((ids >> 22) & 1023) * 32 + ((ids >> 14) & 31)
    return second, np.where(make_id(second, code) == ids, code, -1)


def is_synthetic(number: int) -> bool:
    """Whether an id has the watermark of this server."""
    return number & 0xFFF == (13 << 8) | WATERMARK


def with_watermark(number: int) -> int:
    """The nearest id that has the watermark."""
    return number >> 12 << 12 | (13 << 8) | WATERMARK


class Timeline:
    """All videos in the order of their ids: `videos` of them by the EPOCH, and more at the same rate after it."""

    def __init__(self, seed: int, videos: int) -> None:
        self._jitter, self._delay = key(seed, "jitter"), key(seed, "delay")
        hours = np.arange((END - BEGIN) // 3_600, dtype=np.int64)
        days = hours // 24
        years = (np.datetime64("2018-01-01") + days).astype("datetime64[Y]").astype(np.int64) + 1970
        pace = np.array([_YEARS.get(year, max(_YEARS.values())) for year in range(2018, 2030)], dtype=np.int64)
        weight = pace[years - 2018] * np.array(_WEEKDAYS)[days % 7] * np.array(_HOURS)[hours % 24]
        weight *= 17 + below(key(seed, "day"), days, 7)
        total = np.concatenate(([0], np.cumsum(weight)))
        self._ends = total * videos // int(total[(EPOCH - BEGIN) // 3_600])
        self.settled = int(self._ends[(SETTLED - BEGIN) // 3_600])  # videos below this index are of the settled era
        self.total = int(self._ends[-1])

    def _position(self, index: Ints) -> tuple[Ints, Ints]:
        """The hour of each video, and the tick in that hour. Both grow with the index."""
        hour = np.searchsorted(self._ends, index, side="right") - 1
        start = self._ends[hour]
        place = ((index - start) << 16) | (draws(self._jitter, index) >> 17)  # in the lower half of its interval
        return hour, _HOUR * place // ((self._ends[hour + 1] - start) << 16)

    def ids(self, index: Ints) -> Ints:
        """The ids of videos. They grow with the index."""
        hour, tick = self._position(index)
        return make_id(BEGIN + hour * 3_600 + tick // _TICKS, tick % _TICKS)

    def made(self, index: Ints) -> Ints:
        """The second in the id of each video."""
        hour, tick = self._position(index)
        return BEGIN + hour * 3_600 + tick // _TICKS

    def create_times(self, index: Ints) -> Ints:
        """When each was posted: mostly 18 to 135 s after the second in its id, one in 200 up to 3 days after it."""
        draw = draws(self._delay, index)
        late = draw < (1 << 32) // 200
        return self.made(index) + np.where(
            late, 3_600 + draw % (LATE - 3_600), 18 + (draw >> 8) % (MOST_USUAL_DELAY - 17)
        )

    def find(self, video_ids: Ints) -> Ints:
        """The index of each video id, -1 where there is no such video."""
        second, code = read_id(video_ids)
        hour = np.clip((second - BEGIN) // 3_600, 0, len(self._ends) - 2)
        count = self._ends[hour + 1] - self._ends[hour]
        tick = (second - BEGIN - hour * 3_600) * _TICKS + code
        inside = (code >= 0) & (tick >= 0) & (tick < _HOUR) & (count > 0)
        index = np.where(inside, self._ends[hour] + ((tick + 1) * count - 1) // _HOUR, 0)
        index = np.minimum(index, self.total - 1)
        return np.where(inside & (self.ids(index) == video_ids), index, -1)

    def firsts_from(self, seconds: Ints) -> Ints:
        """For each second, the index of the first video whose id has that second or a later one."""
        hour = np.clip((seconds - BEGIN) // 3_600, 0, len(self._ends) - 2)
        count = self._ends[hour + 1] - self._ends[hour]
        tick = np.clip(seconds - BEGIN - hour * 3_600, 0, 3_600) * _TICKS
        place = tick * count // _HOUR
        index = self._ends[hour] + place
        is_later = (place < count) & (self._position(np.minimum(index, self.total - 1))[1] < tick)
        first: Ints = index + is_later
        return first

    def first_from(self, second: int) -> int:
        return int(self.firsts_from(ints(second))[0])

    def posted_between(self, start: int, end: int) -> range:
        """A range with all videos that were posted in [start, end). Some at its beginning were posted earlier."""
        return range(*self.firsts_from(ints([start - LATE, end])).tolist())

    def certainly_posted(self, start: int, end: int) -> range:
        """A range of videos that were all posted in [start, end); some others were too."""
        return range(*self.firsts_from(ints([start, end - LATE])).tolist())

    def rank(self, index: int) -> int:
        """How many videos before this one have the same second in their ids."""
        window = ints(range(max(0, index - 16), index + 1))
        seconds = self.made(window)
        return int((seconds[:-1] == seconds[-1]).sum())
