"""The one reader of lists: accounts, hashtags, keywords and ids as people write them, in a study or in a file.

An entry is used, or it is not and a reason says why. Nothing impossible is sent, and nothing disappears: entries that
are not used are printed by `plan`, and are rows of the table list_entries.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ttapi.handles import handle_problem, read_handle
from ttapi.text import strip_invisible
from ttdata.study.characters import composed, invisible_inside
from ttdata.study.problems import Problems
from ttdata.text import count, some

# Lines for a human reader: "# fyp", "## general", "// later"; but "#fyp" is a hashtag.
_HEADING = re.compile(r"#\s|##|#$|//")
_REMARK = re.compile(r"\s+(#\s?|//).*$")
# How tables write that there is no value. Handles are in lower case.
_PLACEHOLDERS = frozenset(("NA", "N.A.", "NAN", "NaN", "NIL", "NONE", "None", "NULL", "Null"))
# What no hashtag contains. Other scripts, digits, emoji and the underscore are fine.
_NOT_IN_A_HASHTAG = re.compile(r"""[\s!"#$%&'()*+,\-./:;<=>?@\[\\\]^`{|}~\uff0c\u3001\uff1b“”„«»]""")


@dataclass(frozen=True)
class Unused:
    """An entry that is not used. used_as: the entry that it repeats; None if it is impossible."""

    list: str
    entry: str
    used_as: str | None
    reason: str


@dataclass(frozen=True)
class Reading:
    """One entry, read: its value, or the reason why it has none."""

    value: str | None
    reason: str = ""


@dataclass
class Lists:
    """What was read from the lists of one dataset, and what is worth a warning."""

    unused: list[Unused] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def read(self, name: str, entries: Iterable[object], kind: str, problems: Problems, key: str = "") -> list[str]:
        """The values of a list, each once, in its order; a problem, of `key`, if none of its entries can be used.

        name: what messages and the table list_entries call the list. kind: username, hashtag_name or keyword.
        """
        values, texts = dict[str, None](), list(map(str, entries))
        for text in texts:
            value = self.read_entry(name, text, kind)
            if value in values:
                self.unused.append(Unused(name, text, value, _repeat_reason(text)))
            elif value is not None:
                values[value] = None
        if texts and not values:
            reason = next((each.reason for each in self.unused if each.entry == texts[0]), "")
            problems.add(key, f"None of its entries can be used, for example {texts[0][:60]!r}. {reason}".rstrip())
        return list(values)

    def read_entry(self, name: str, text: str, kind: str) -> str | None:
        """The value of one entry; None if it is impossible."""
        reading = READERS[kind](text)
        if reading.value is None:
            self.unused.append(Unused(name, text, None, reading.reason))
        else:
            self.warnings += [f"{name}: {text[:60]!r} {warning}" for warning in _warnings(kind, reading.value)]
        return reading.value

    def notes(self) -> Iterator[str]:
        """Sentences on the entries that are not used, by list, and the warnings."""
        by_list: dict[tuple[str, bool], list[Unused]] = {}
        for each in self.unused:
            by_list.setdefault((each.list, each.used_as is None), []).append(each)
        for (name, is_impossible), entries in by_list.items():
            texts = some([each.entry for each in entries])
            if is_impossible:
                reasons = " ".join(dict.fromkeys(each.reason for each in entries[:3]))
                number = count(len(entries), "entry is", "entries are")
                yield f"{name}: {number} not requested: {texts}. {reasons} All are in list_entries."
            else:
                reasons = " ".join(dict.fromkeys(each.reason for each in entries[:3]))
                yield f"{name}: {count(len(entries), 'entry is', 'entries are')} listed again: {texts}. {reasons}"
        yield from self.warnings


def read_username(text: str) -> Reading:
    if strip_invisible(text) in _PLACEHOLDERS:
        return Reading(
            None, f"It stands for a missing value; write @{strip_invisible(text).lower()} if it is an account."
        )
    handle = read_handle(text)
    return Reading(handle) if handle else Reading(None, handle_problem(text))


def read_hashtag(text: str) -> Reading:
    term = composed(strip_invisible(text))
    if not term:
        return Reading(None, "It is empty.")
    if _HEADING.match(term):
        return Reading(None, "It is a heading or a remark, not a hashtag.")
    if (remark := _REMARK.search(term)) and (before := term[: remark.start()].lstrip("#")):
        return Reading(None, f"It has a remark; write only {before!r}.")
    term = term.removeprefix("#")
    if hidden := invisible_inside(term):
        return Reading(None, f"It contains the invisible character {', '.join(hidden)}.")
    if odd := _NOT_IN_A_HASHTAG.search(term):
        suggestion = _NOT_IN_A_HASHTAG.sub("", term)
        character = "a blank" if odd[0].isspace() else odd[0]
        return Reading(
            None, f"No hashtag contains {character}; write {suggestion!r}." if suggestion else "It has no letter."
        )
    return Reading(term)


def read_keyword(text: str) -> Reading:
    term = composed(strip_invisible(text))
    if not term:
        return Reading(None, "It is empty.")
    if _HEADING.match(term):
        return Reading(None, "It is a heading or a remark, not a keyword.")
    if (remark := _REMARK.search(term)) and (before := term[: remark.start()]):
        return Reading(None, f"It has a remark; write only {before!r}.")
    return Reading(term)


READERS: Mapping[str, Callable[[str], Reading]] = {
    "username": read_username,
    "hashtag_name": read_hashtag,
    "keyword": read_keyword,
}


def _warnings(kind: str, value: str) -> Iterator[str]:
    # Of syntax that the API takes literally, the query warns itself.
    if kind == "keyword" and (hidden := invisible_inside(value)):
        yield f"contains the invisible character {', '.join(hidden)}. It is sent as written."


def _repeat_reason(text: str) -> str:
    """Why an entry is not used that repeats another: it is equal, or differs in the form of its characters only."""
    is_plain = composed(strip_invisible(text)) == strip_invisible(text)
    return "It repeats an earlier entry." if is_plain else "It repeats an entry, written in other characters."


def spoiled_by_a_spreadsheet(ids: Sequence[int]) -> bool:
    """Whether ids seem to be rounded, as spreadsheets round long numbers: nearly all are multiples of 1,000 or 512.

    Ids of videos are spread evenly, so that one in 1,000 is a multiple of 1,000.
    """
    long = [each for each in ids if each > 10**15]
    return len(long) >= 5 and any(sum(each % unit == 0 for each in long) > 0.8 * len(long) for unit in (1_000, 512))
