"""In which state a slice or shard is, and what tells so. Read from stored answers alone, so it needs no request."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from ttdata.rawfile import Line
from ttdata.splitting import Window
from ttdata.text import count

State = Literal["complete", "empty", "partial", "blocked", "refused", "capped"]
FINISHED: tuple[State, ...] = ("complete", "empty", "refused", "capped")

_SHOWN = 2


class Verdict(NamedTuple):
    """A state and its evidence, one or two plain sentences."""

    state: State
    evidence: str


def fruitless(lines: Sequence[Line], day: date) -> int:
    """Charged requests of a UTC day that failed and that no later answer about the same has made up for."""
    failed: Counter[object] = Counter()
    for line in lines:
        if line.good or line.refused:
            del failed[_about(line)]
        elif line.failed and line.charged and line.sent_at.date() == day:
            failed[_about(line)] += 1
    return failed.total()


def is_blocked(lines: Sequence[Line], per_slice: int) -> bool:
    """Whether the failure budget of the last day in the answers is used up."""
    return bool(lines) and fruitless(lines, lines[-1].sent_at.date()) >= per_slice


def of_search(windows: Sequence[Window], lines: Sequence[Line], per_slice: int) -> Verdict:
    """The verdict about a search that is asked for in these windows."""
    there = sum(window.answered for window in windows)
    if there < len(windows):
        return _unfinished(f"{there} of {len(windows)} windows are there", lines, per_slice)
    hits = sum(window.hits for window in windows)
    split = f", asked for in {len(windows)} shorter windows" if len(windows) > 1 else ""
    if not any(line.records for line in lines if line.good):
        return Verdict("empty", f"The API found {f'{hits:,} videos and gave out none' if hits else 'nothing'}{split}.")
    return Verdict("complete", f"The API found {hits:,} videos{split}; the last page says that no more follow.")


def of_items(
    items: Collection[str],
    answered: int,
    refused: Mapping[str, str],
    cut: Mapping[str, int],
    lines: Sequence[Line],
    per_slice: int,
) -> Verdict:
    """The verdict about a shard of so many items, of which some were refused, and of some the list was cut."""
    if answered < len(items):
        return _unfinished(f"{answered:,} of {len(items):,} items are answered", lines, per_slice)
    no = f"{len(refused):,} of {len(items):,} items were refused ({_counted(refused.values())})" if refused else ""
    if items and len(refused) == len(items):
        return Verdict("refused", f"{no}.")
    if cut:
        longest = max(cut.values())
        told = f"The lists of {len(cut):,} of {len(items):,} items were cut, the longest after {longest:,} records"
        return Verdict("capped", ". ".join(filter(None, [told, no])) + ".")
    if not items:
        return Verdict("empty", "There was nothing to ask about.")
    told = f"{answered:,} of {len(items):,} items are answered" + (f"; {no}" if no else "")
    return Verdict("complete" if any(line.records for line in lines if line.good) else "empty", f"{told}.")


def of_answers(lines: Sequence[Line], per_slice: int) -> Verdict:
    """The verdict about a shard that has answers but no receipt: what it was asked for is known to its job alone."""
    there = sum(line.good or line.refused is not None for line in lines)
    return _unfinished(f"{there:,} answers are there", lines, per_slice)


def _unfinished(there: str, lines: Sequence[Line], per_slice: int) -> Verdict:
    blocked = is_blocked(lines, per_slice)
    failed = [line for line in lines if line.failed]
    if not failed:
        return Verdict("partial", f"{there[0].upper()}{there[1:]}.")
    day = failed[-1].sent_at.date()
    failures = count(sum(line.sent_at.date() == day for line in failed), "request")
    said = Counter(_said(line) for line in failed if line.sent_at.date() == day).most_common(1)[0][0]
    ids = [line.log_id for line in failed if line.log_id][-_SHOWN:]
    marks = f" (log_id {', '.join(ids)})" if ids else ""
    told = f"{there[0].upper()}{there[1:]}; {failures} failed on {day} with {said}{marks}."
    return Verdict("blocked" if blocked else "partial", told)


def _about(line: Line) -> object:
    """What a request asks about: an item, or a window."""
    return line.item or (line.request.get("start_date"), line.request.get("end_date"))


def failure(line: Line) -> str:
    """How a request failed, as the end of a sentence."""
    return f"failed with {_said(line)}" + (f" (log_id {line.log_id})" if line.log_id else "")


def _said(line: Line) -> str:
    """What the API answered, in a few printable words."""
    words = "".join(char if char.isprintable() else " " for char in line.message[:120]).split()
    status = f"HTTP {line.status}" if line.status else "no answer"
    return f"{status}: {' '.join(words)}".rstrip(".: ")


def _counted(reasons: Collection[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in Counter(reasons).most_common())
