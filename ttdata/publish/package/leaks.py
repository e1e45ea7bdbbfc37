"""The leak guard: every file of a finished package is searched for what it must not contain."""

import os
import re
import socket
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ttdata.errors import Fault
from ttdata.matching.matcher import PIECE, Hit, Matcher
from ttdata.matching.pieces import Piece, pieces
from ttdata.matching.plain_text import place_in, plain
from ttdata.publish.package.private_values import TEXT, PrivateValues
from ttdata.text import count

_SHOWN = 20
_SHORTEST_SECRET = 8
_SECRET_NAMES = re.compile(r"(TIKTOK|TTAPI|TTDATA)_\w*(KEY|SECRET|TOKEN|PASSWORD)|\w*(SECRET|TOKEN|PASSWORD|API_KEY)$")
_SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an access token of TikTok": re.compile(r"\bclt\.[A-Za-z0-9_!.-]{20,}"),
    "a client secret": re.compile(
        r"client_?secret[\"']?\s*[:=]\s*[\"']?(?!mock-secret)[A-Za-z0-9_\-]{12,}", re.IGNORECASE
    ),
    "an access token": re.compile(r"\bBearer\s+[A-Za-z0-9_\-.=]{20,}"),
    "a token of GitHub": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}"),
    "a key of Amazon": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a password in an address": re.compile(r"\b[a-z][a-z0-9+]*://[^\s/:@]+:[^\s/@]{3,}@"),
}
_PATH = re.compile(
    r"(?<![\w.])/(?:home|Users|root|tmp|var/tmp|private/var|scratch|mnt|media)/[^\s\"'<>:,;)]+|\b[A-Z]:\\+Users\\+\w+"
)


class Leak(Fault):
    """A package would show what it must not. Remove it from the named file, and make the package again."""

    def __init__(self, found: Sequence["Finding"], profile: str) -> None:
        self.found = found
        lines = [f"  * {each}" for each in found[:_SHOWN]]
        if len(found) > _SHOWN:
            lines.append(f"  * and {count(len(found) - _SHOWN, 'other place')}")
        super().__init__(
            f"No package was written: what no {profile} package may contain was found in it.\n"
            + "\n".join(lines)
            + "\nRemove it where it comes from (your analysis, its outputs, the study), and make the package again. "
            "If it is an ordinary word and not about anybody, say so in the study:\n"
            "      package: {allowed: [THE WORD]}"
        )


@dataclass(frozen=True)
class Finding:
    """What was found, in which file, and where in it."""

    file: str
    line: int
    column: int
    what: str
    shown: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line:,}, column {self.column:,}: {self.what}: {self.shown!r}"


@dataclass(frozen=True)
class Searched:
    """What a search found; `unread` names the parts of files that cannot be searched, with the reason."""

    found: list[Finding]
    unread: list[str]


class Guard:
    """Searches files. harmless: texts that a package contains anyway; what occurs in them does not count.

    released: ordinary words, such as hashtags of many accounts; they do not count as texts, but do as names.
    """

    def __init__(
        self,
        values: PrivateValues,
        harmless: Sequence[str] = (),
        released: Sequence[str] = (),
        environment: Mapping[str, str] = os.environ,
        folders: Sequence[Path] = (),
    ) -> None:
        self._values, self._matcher = values, Matcher(values.texts)
        self._harmless = _Harmless(harmless)
        self._released = {plain(word).strip() for word in released}
        self._secrets = _secrets(environment)
        self._paths = _own_paths(folders)

    def search(
        self,
        archive: Path,
        excluded: Callable[[str], bool] = lambda _: False,
        received: Callable[[str], bool] = lambda _: False,
    ) -> Searched:
        """Search every member of a zip file, their names included.

        excluded: members with another guarantee; secrets and paths are searched for in those as well. received: members
        with what people wrote, which can look like a secret or a path: only those of this machine count there.
        """
        found: list[Finding] = []
        unread: list[str] = []
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                is_private = not excluded(name)
                for piece in (Piece(f"{name} (its name)", name), *pieces(name, opened.read(name))):
                    if piece.text is None:
                        unread.append(f"{piece.where}: {piece.reason}")
                    else:
                        found += self.in_text(piece.where, piece.text, private=is_private, patterns=not received(name))
        return Searched(list(dict.fromkeys(found)), unread)

    def in_text(self, where: str, text: str, *, private: bool = True, patterns: bool = True) -> Iterator[Finding]:
        """What is found in a text. private: values of the dataset; patterns: what looks like a secret or a path."""
        for what, start, end in (*self._own_in(text), *(_patterns_in(text) if patterns else ())):
            before = text[:start]
            column = start - before.rfind("\n")
            # A secret is not repeated, least of all in a log.
            shown = text[start:end][:40] if what.startswith("a path") else f"{text[start : start + 4]}…"
            yield Finding(where, before.count("\n") + 1, column, what, shown)
        if not private:
            return
        for octets in ("utf-8", "latin-1") if "\\x" in text else ("utf-8",):
            form = plain(text, octets)
            hits = (hit for hit in self._matcher.hits(form) if self._counts(hit.value, form[hit.start : hit.end]))
            for hit in _apart(hits):
                shown = form[hit.start : hit.end]
                line, column = place_in(text, hit.start, octets)
                yield Finding(where, line, column, self._what(hit.value, shown), shown[:PIECE])

    def _counts(self, value: int, shown: str) -> bool:
        if self._values.kinds[value] == TEXT and shown in self._released:
            return False
        return not self._harmless.has(shown)

    def _what(self, value: int, shown: str) -> str:
        what = self._values.whats[value]
        return what if shown == self._values.texts[value] else f"a part of {what}"

    def _own_in(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Secrets and paths of this machine."""
        for name, secret in self._secrets.items():
            yield from ((f"the value of {name}", *match.span()) for match in re.finditer(re.escape(secret), text))
        for path in self._paths:
            yield from (("a path of this machine", *match.span()) for match in re.finditer(re.escape(path), text))


def _patterns_in(text: str) -> Iterator[tuple[str, int, int]]:
    """What looks like a secret, or like a path of some machine."""
    for what, pattern in (*_SECRETS.items(), ("a path of a machine", _PATH)):
        yield from ((what, *match.span()) for match in pattern.finditer(text))


def _apart(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Of hits that overlap, the first and longest: several captions can have a part in common."""
    end = -1
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= end:
            end = hit.end
            yield hit


class _Harmless:
    """Texts that a package contains anyway: the study, and what comes with ttdata."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._text = "\n".join(map(plain, texts))
        self._known: dict[str, bool] = {}

    def has(self, value: str) -> bool:
        """Whether a value occurs in them as it would be searched for: a short one as a token."""
        if value not in self._known:
            self._known[value] = value in self._text and any(Matcher([value]).hits(self._text))
        return self._known[value]


def _secrets(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if _SECRET_NAMES.fullmatch(name) and len(value) >= _SHORTEST_SECRET and not value.startswith("mock")
    }


def _own_paths(folders: Sequence[Path]) -> list[str]:
    """Paths that show whose machine it is; those of one part, such as /srv, show nothing."""
    own = (Path.home(), Path.cwd(), Path(sys.prefix), Path(tempfile.gettempdir(), "ttdata-"), *folders)
    paths = {str(each.absolute()) for each in own}
    host = socket.gethostname()
    return sorted(path for path in paths if path.count("/") > 1) + ([host] if len(host) > 8 and "." in host else [])
