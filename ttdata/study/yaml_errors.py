"""A line that YAML cannot read, as a sentence: which key, what is wrong, and the line as it should be."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import yaml

from ttdata.study.examples import places_of
from ttdata.study.yaml_keys import is_key, path_of

_ENDS = {"[": "]", "{": "}"}
_OPERATIONS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
# A word that begins with a character that YAML uses itself.
_SPECIAL = re.compile(r"(?<![^\s\[,{])(?P<word>[@#%`*!&][^\s,\]}]*)")
_HASH_IN_BRACKETS = re.compile(r"[\[{](?:[^\]}\"']*?[\[{,\s])?(?=#)")
_WIDE_COLON = "\uff1a"
_COMPARISON = re.compile(r"^(?P<key>.*?:)\s*(?P<sign>>=?|<=?)\s*(?P<number>\d+)\s*$")


class _Place(NamedTuple):
    """Where YAML gave up, and what it said. began: the line in which what it could not read began. All from 0."""

    lines: Sequence[str]
    said: str
    number: int
    column: int
    began: int

    @property
    def line(self) -> str:
        return self.lines[self.number] if self.number < len(self.lines) else ""

    @property
    def above(self) -> int | None:
        """The number of the last line above that is neither empty nor a remark."""
        numbers = range(min(self.number, len(self.lines)) - 1, -1, -1)
        return next((n for n in numbers if self.lines[n].strip() and not self.lines[n].lstrip().startswith("#")), None)


class _Finding(NamedTuple):
    """What is wrong with a line, and lines that are right.

    column: that of the mistake, if it is within brackets. indent: how far the line should be indented.
    """

    number: int
    text: str
    example: str
    column: int | None = None
    indent: int | None = None


def syntax_problem(error: yaml.YAMLError, text: str) -> str:
    """The problem of a text that is not YAML."""
    lines = text.split("\n")
    place = _place(error, lines)
    finding = next(found for rule in _RULES if (found := rule(place)))
    number = min(finding.number, max(len(lines) - 1, 0))
    if finding.indent is not None:
        lines[number] = " " * finding.indent + lines[number].lstrip()
    key = path_of(lines, number, finding.column) or "the file"
    example = "".join(f"\n      {line}" for line in finding.example.split("\n"))
    return f"{key} (line {number + 1}): {finding.text}{example}"


def blank_problems(text: str) -> Iterator[str]:
    """The lines with a key that begin with blanks which only look like blanks, as web pages and text programs have."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        begin = line[: len(line) - len(line.lstrip())]
        if begin.strip(" \t") and is_key(line):
            key = path_of(["".join(" " if char.isspace() else char for char in each) for each in lines], number)
            text = "The line begins with a special blank. Type the blanks again:"
            yield f"{key} (line {number + 1}): {text}\n      {' ' * len(begin)}{line.strip()}"


def _place(error: yaml.YAMLError, lines: Sequence[str]) -> _Place:
    if isinstance(error, yaml.reader.ReaderError):
        before = "\n".join(lines)[: error.position]
        return _Place(lines, "character", before.count("\n"), 0, before.count("\n"))
    mark = getattr(error, "problem_mark", None)
    number, column = (mark.line, mark.column) if mark else (0, 0)
    begin = getattr(error, "context_mark", None)
    said = " ".join(filter(None, (getattr(error, "context", ""), getattr(error, "problem", ""))))
    return _Place(lines, said, number, column, begin.line if begin else number)


def _tab(place: _Place) -> _Finding | None:
    for number in (place.number, place.began):
        line = place.lines[number] if number < len(place.lines) else ""
        if "\t" in line[: len(line) - len(line.lstrip())]:
            right = "  " * line[: len(line) - len(line.lstrip())].count("\t") + line.strip()
            return _Finding(number, "The line begins with a tab. Indent with blanks, two per level:", right)
    return None


def _hash(place: _Place) -> _Finding | None:
    if "flow" not in place.said:
        return None
    for number in _upwards(place):
        if match := _HASH_IN_BRACKETS.search(place.lines[number]):
            text = "A # begins a remark, so the rest of the line is not read. Put words with # in quotes:"
            return _Finding(number, text, _closed(_quoted(place.lines[number])), match.end())
        if place.lines[number].lstrip().startswith("#") and _is_open_above(place, number):
            text = "A # begins a remark, so the line is not read. Put words with # in quotes:"
            return _Finding(number, text, re.sub(r"(\"?)\s*([\]}])", r"\1\2", _quoted(place.lines[number])))
    return None


def _is_open_above(place: _Place, number: int) -> bool:
    return number > 0 and place.lines[number - 1].rstrip().endswith(("[", "{", ","))


def _special(place: _Place) -> _Finding | None:
    if "cannot start any token" not in place.said and not re.search("alias|anchor|tag|directive", place.said):
        return None
    line, column = place.line, place.column
    if (match := re.search(r"[@`%*!&]", line[max(0, column - 1) :])) is None:
        return None
    column = max(0, column - 1) + match.start()
    text = f"Text that begins with {line[column]} must be in quotes:"
    return _Finding(place.number, text, _quoted(line), column)


def _backslash(place: _Place) -> _Finding | None:
    if "escape" not in place.said:
        return None
    right = place.lines[place.began].strip().replace('"', "'")
    return _Finding(place.began, "Between double quotes, \\ has a meaning of its own. Use single quotes:", right)


def _comparison(place: _Place) -> _Finding | None:
    if "block scalar" not in place.said:
        return None
    if match := _COMPARISON.match(place.line.strip()):
        right = f"{match['key']} {{{_OPERATIONS[match['sign']]}: {match['number']}}}"
        return _Finding(place.number, "A comparison is written with gt, gte, lt or lte:", right)
    return _Finding(place.number, "Text that begins with > or | must be in quotes:", 'keyword: "> 5"')


def _quote(place: _Place) -> _Finding | None:
    if "quoted scalar" not in place.said:
        return None
    line = place.lines[place.began].strip()
    quote = '"' if "double" in place.said or line.count('"') % 2 else "'"
    return _Finding(place.began, f"The quote {quote} is not closed:", line + quote)


def _bracket(place: _Place) -> _Finding | None:
    if "flow" not in place.said:
        return None
    for number in _upwards(place):
        line = place.lines[number]
        if _closed(line) != line.strip():
            return _Finding(number, "A bracket is not closed. Each [ needs a ], and each { a }:", _closed(line))
    text = "Something within the brackets cannot be read. Separate entries with commas; put text with signs in quotes:"
    example = 'region_code: [DE, AT]\nkeyword: ["climate: change", "how?"]'
    return _Finding(place.began, text, example)


def _upwards(place: _Place) -> range:
    """The lines in which brackets may have been opened, from the last to the first."""
    return range(min(place.number, len(place.lines) - 1), max(place.number - 50, -1), -1)


def _documents(place: _Place) -> _Finding | None:
    if "document" not in place.said:
        return None
    text = "A study is one document. Remove the line --- and begin a second study in a file of its own, such as:"
    return _Finding(place.number, text, "study: my-study")


def _character(place: _Place) -> _Finding | None:
    if place.said != "character":
        return None
    shown = "".join(char for char in place.line if char.isprintable()).strip()
    return _Finding(place.number, "The line contains an invisible control character. Type the line again:", shown)


def _after_the_end(place: _Place) -> _Finding | None:
    """Text behind a closing quote or bracket."""
    before = place.line[: place.column].rstrip()
    if "<block end>" not in place.said or not before or before[-1] not in "\"']}":
        return None
    key, colon, value = place.line.strip().partition(": ")
    if before[-1] in "]}":
        opening = value.count("[") + value.count("{")
        text = f"There is text after the closing {before[-1]}. One list has one pair of brackets:"
        inner = re.sub(r"[\[\]{}]", "", value) if opening != 1 else value[: place.column - len(key) - 2]
        return _Finding(place.number, text, f"{key}: [{inner.strip('[]')}]", None)
    inner = value.replace('"', "'") if before[-1] == '"' else value.strip("'")
    right = f'{key}{colon}"{inner}"' if before[-1] == "'" else f"{key}{colon}{_in_single_quotes(value)}"
    return _Finding(place.number, "There is text after the closing quote. Put quotes around the whole value:", right)


def _in_single_quotes(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _dash_in_line(place: _Place) -> _Finding | None:
    if "sequence entries" not in place.said:
        return None
    key, _, value = place.line.strip().partition(":")
    text = "Entries of a list that begin with - stand on lines of their own:"
    return _Finding(place.number, text, f"{key}:\n  {value.strip()}")


def _wide_colon(place: _Place) -> _Finding | None:
    """A colon of East Asian text, which is none to YAML."""
    for number in dict.fromkeys(n for n in (place.number, place.began, place.above) if n is not None):
        line = place.lines[number].strip() if number < len(place.lines) else ""
        if _WIDE_COLON in line:
            right = re.sub(rf"\s*{_WIDE_COLON}\s*", ": ", line, count=1)
            return _Finding(number, "The colon is a wide one. Write a plain colon and a blank:", right)
    return None


def _colon(place: _Place) -> _Finding | None:
    """A line without a colon, or without the blank after it, which YAML notices one line later."""
    if "could not find expected" not in place.said and "mapping values" not in place.said:
        return None
    for number in dict.fromkeys(n for n in (place.began, place.above) if n is not None and n < len(place.lines)):
        line = place.lines[number].strip()
        if match := re.match(r"((?:- )*[a-z_]+):(\S.*)$", line):
            return _Finding(number, "Write a blank after the colon:", f"{match[1]}: {match[2]}")
        if match := re.match(r"((?:- )*[A-Za-z_]+)(?:\s*=\s*|\s+)([^:\s][^:]*)$", line):
            return _Finding(number, "Write a colon and a blank after the key:", f"{match[1]}: {match[2]}")
        if number != place.number and re.match(r"(?:- )*[A-Za-z_]+$", line):
            return _Finding(number, "Write a colon after the key:", f"{line}:")
    return None


def _second_colon(place: _Place) -> _Finding | None:
    key, colon, value = place.line.strip().partition(": ")
    if "mapping values" not in place.said or not re.search(r":(\s|$)", value):
        return None
    if (second := re.match(r"([a-z_]+):(\s|$)", value)) and places_of(second[1]):
        text = "There are two keys on one line. Put the second on a line of its own, indented; or use { }:"
        return _Finding(place.number, text, f"{key}{colon}{{{value}}}")
    return _Finding(place.number, "Text with a colon and a blank must be in quotes:", f'{key}{colon}"{value}"')


def _indentation(place: _Place) -> _Finding | None:
    above = place.above
    if above is None or not place.line.strip():
        return None
    line, other = place.line, place.lines[above]
    if len(line) - len(line.lstrip()) > len(other) - len(other.lstrip()) and not other.rstrip().endswith(":"):
        text = "The line is indented more than the line above, which has a value already. Begin both in one column:"
        indent = len(other) - len(other.lstrip())
        return _Finding(place.number, text, f"{other.strip()}\n{line.strip()}", indent=indent)
    text = "The line begins in a column where no other key of its block begins. Keys of a block begin in one column:"
    return _Finding(place.number, text, "comments:\n  of: videos\n  max: 100")


def _anything(place: _Place) -> _Finding:
    text = "The line cannot be read. Write a key, a colon, a blank and a value:"
    return _Finding(place.number, text, "streams: 4")


_RULES: Sequence[Callable[[_Place], _Finding | None]] = (
    *(_character, _tab, _hash, _special, _backslash, _comparison, _quote, _bracket, _documents, _after_the_end),
    *(_dash_in_line, _wide_colon, _second_colon, _colon, _indentation, _anything),
)


def _quoted(line: str) -> str:
    """A line in which words that begin with a special character are in quotes."""
    return _SPECIAL.sub(lambda match: f'"{match["word"]}"', line.strip())


def _closed(line: str) -> str:
    """A line with the brackets closed that are open at its end."""
    plain, ends = re.sub(r"\"[^\"]*\"|'[^']*'", "", line), list[str]()
    for char in plain:
        if char in _ENDS:
            ends.append(_ENDS[char])
        elif ends and char == ends[-1]:
            ends.pop()
    return line.strip().rstrip(",") + "".join(reversed(ends)) if ends else line.strip()
