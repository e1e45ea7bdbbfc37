"""The state of a slice or shard and the evidence for it, from its stored answers alone."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ttdata.answers.windows import Window
from ttdata.store.raw_files import Line
from ttdata.store.receipts import State
from ttdata.text import count

_SHOWN = 2


class Verdict(NamedTuple):
    """A state and its evidence, one or two plain sentences."""

    state: State
    evidence: str


def fruitless(lines: Sequence[Line], day: date) -> int:
    """Charged requests of a UTC day that failed and that no later answer about the same made up for."""
    failed: Counter[object] = Counter()
    for line in lines:
        if line.good or line.refused:
            del failed[_subject(line)]
        elif line.failed and line.charged and line.sent_at.date() == day:
            failed[_subject(line)] += 1
    return failed.total()


def is_blocked(lines: Sequence[Line], per_slice: int) -> bool:
    """Whether the failure budget of the last day in the answers is used up."""
    return bool(lines) and fruitless(lines, lines[-1].sent_at.date()) >= per_slice


def of_search(windows: Sequence[Window], lines: Sequence[Line], per_slice: int) -> Verdict:
    """The verdict about a search that is requested in these windows."""
    answered = sum(window.answered for window in windows)
    if answered < len(windows):
        return _unfinished(f"{answered} of {len(windows)} windows are answered", lines, per_slice)
    hits = sum(window.hits for window in windows)
    split = f", requested in {len(windows)} shorter windows" if len(windows) > 1 else ""
    if not any(line.received for line in lines if line.good):
        result = f"{count(hits, 'video')} and returned none" if hits else "nothing"
        return Verdict("empty", f"The API found {result}{split}.")
    return Verdict(
        "complete", f"The API found {count(hits, 'video')}{split}; according to the last page, no more follow."
    )


def of_items(
    items: Collection[str],
    answered: int,
    refused: Mapping[str, str],
    cut: Mapping[str, int],
    lines: Sequence[Line],
    per_slice: int,
) -> Verdict:
    """The verdict about a shard of these items; some were refused, and the lists of some were cut."""
    number = f"{len(items):,} items"
    if answered < len(items):
        return _unfinished(f"{answered:,} of {number} are answered", lines, per_slice)
    refusals = f"{len(refused):,} of {number} were refused ({_by_reason(refused.values())})" if refused else ""
    if items and len(refused) == len(items):
        return Verdict("refused", f"{refusals}.")
    if cut:
        text = f"The lists of {len(cut):,} of {number} were cut, the longest after {max(cut.values()):,} records"
        return Verdict("capped", ". ".join(filter(None, [text, refusals])) + ".")
    if not items:
        return Verdict("empty", "Nothing had to be requested.")
    text = f"{answered:,} of {number} are answered" + (f"; {refusals}" if refusals else "")
    return Verdict("complete" if any(line.received for line in lines if line.good) else "empty", f"{text}.")


def of_answers(lines: Sequence[Line], per_slice: int) -> Verdict:
    """The verdict about a shard that has answers but no receipt: only its job knows which items it has."""
    answers = sum(line.good or line.refused is not None for line in lines)
    return _unfinished(f"{count(answers, 'answer is', 'answers are')} stored", lines, per_slice)


def failure(line: Line) -> str:
    """How a request failed, as the end of a sentence."""
    return f"failed with {_reply(line)}" + (f" (log_id {line.log_id})" if line.log_id else "")


def _unfinished(progress: str, lines: Sequence[Line], per_slice: int) -> Verdict:
    failed = [line for line in lines if line.failed]
    if not failed:
        return Verdict("partial", f"{progress}.")
    day = failed[-1].sent_at.date()
    today = [line for line in failed if line.sent_at.date() == day]
    reply = Counter(map(_reply, today)).most_common(1)[0][0]
    ids = [line.log_id for line in failed if line.log_id][-_SHOWN:]
    marks = f" (log_id {', '.join(ids)})" if ids else ""
    text = f"{progress}; {count(len(today), 'request')} failed on {day} with {reply}{marks}."
    return Verdict("blocked" if is_blocked(lines, per_slice) else "partial", text)


def _subject(line: Line) -> object:
    """What a request is about: an item, or a window."""
    return line.item or (line.request.get("start_date"), line.request.get("end_date"))


def _reply(line: Line) -> str:
    """The API's status and message, shortened and printable."""
    words = "".join(char if char.isprintable() else " " for char in line.message[:120]).split()
    status = f"HTTP {line.status}" if line.status else "no answer"
    return f"{status}: {' '.join(words)}".rstrip(".: ")


def _by_reason(reasons: Collection[str]) -> str:
    return ", ".join(f"{number:,} {reason}" for reason, number in Counter(reasons).most_common())
