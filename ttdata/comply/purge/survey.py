"""What a purge will erase, found before anything is changed: records, their ids, and texts to look for afterwards."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ttdata.matching.matcher import SHORTEST, Matcher
from ttdata.matching.plain_text import plain
from ttdata.store.erasing import Erased, Targets, erase
from ttdata.store.handles import named
from ttdata.store.raw_files import frames

# What of a record is looked for afterwards: the keys of its own id, and those of texts.
_IDS: Mapping[str, tuple[str, ...]] = {
    "videos": ("id", "video_id"), "user_video_links": ("id", "video_id"), "comments": ("id",),
}  # fmt: skip
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "videos": ("video_description", "voice_to_text"),
    "user_video_links": ("video_description",),
    "comments": ("text",),
    "users": ("display_name", "bio_description", "bio_url", "avatar_url"),
    "followers": ("display_name",),
    "following": ("display_name",),
}
# In a page about an erased account, these are records of others.
_OF_OTHERS = ("user_video_links", "followers", "following", "playlists")
MOST_VALUES = 1_000_000
"""Values that are looked for at most; a larger project's are a part of all."""


@dataclass(frozen=True)
class Survey:
    """targets: with what follows from those asked for: the comments on a video, the replies to a comment.

    counts: records by table; masked: places where other texts name an erased person. ids, texts: to be looked for;
    the texts in their plain form. alone: whether a handle is looked for without an @, too: it is no hashtag of others.
    """

    targets: Targets
    counts: Mapping[str, int]
    masked: int
    ids: frozenset[str]
    texts: tuple[str, ...]
    alone: bool


@dataclass
class _Found:
    counts: Counter[str] = field(default_factory=Counter)
    ids: dict[str, set[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    masked: int = 0


def survey(paths: Iterable[Path], targets: Targets, *, everything: bool = False) -> Survey:
    """Look through raw files. everything: no record remains."""
    files = list(paths)
    found = _look(files, targets)
    while not everything and (wider := _with_dependents(targets, found)) != targets:
        targets = wider
        found = _look(files, targets)
    common, alone = (set[str](), True) if everything else _in_remaining(files, targets, found.texts)
    return Survey(
        targets,
        dict(sorted(found.counts.items())),
        found.masked,
        frozenset().union(*found.ids.values()),
        tuple(sorted(found.texts - common)[:MOST_VALUES]),
        alone,
    )


def _look(files: Iterable[Path], targets: Targets) -> _Found:
    found = _Found()
    for line in _lines(files):
        if erased := erase(line, targets):
            _note(erased, found)
    return found


def _note(erased: Erased, found: _Found) -> None:
    found.masked += erased.masked
    for table, records in erased.records.items():
        if erased.items and table in _OF_OTHERS:
            found.counts["links of accounts"] += len(records)
            continue
        found.counts[table] += len(records)
        for record in records:
            if isinstance(record, dict):
                values = (str(record[key]) for key in _IDS.get(table, ()) if record.get(key))
                found.ids.setdefault(table, set()).update(values)
                found.texts.update(filter(_is_searchable, (plain(text) for text in _texts(record, table))))


def _texts(record: Mapping[str, Any], table: str) -> Iterator[str]:
    for key in _TEXTS.get(table, ()):
        if isinstance(text := record.get(key), str):
            yield text.partition("?")[0] if key == "avatar_url" else text


def _is_searchable(text: str) -> bool:
    return len(text.strip()) >= SHORTEST


def _with_dependents(targets: Targets, found: _Found) -> Targets:
    """The targets with the erased records themselves: what was requested about these is erased, too."""
    videos = found.ids.get("videos", set()) | found.ids.get("user_video_links", set())
    comments = found.ids.get("comments", set())
    assert isinstance(targets.videos, frozenset)
    assert isinstance(targets.comments, frozenset)
    return replace(targets, videos=targets.videos | videos, comments=targets.comments | comments)


def _in_remaining(files: Iterable[Path], targets: Targets, texts: set[str]) -> tuple[set[str], bool]:
    """The texts that others have as well, so that finding them proves nothing; and `alone`, as of Survey."""
    values = sorted(texts)
    matcher = Matcher(values)
    common: set[str] = set()
    alone = True
    for line in _lines(files) if values or targets.people else ():
        erased = erase(line, targets)
        content = (erased.line if erased else line).decode()
        common.update(values[hit.value] for hit in matcher.hits(plain(content)))
        alone = alone and not (targets.people and named(content, targets.names))
    return common, alone


def _lines(files: Iterable[Path]) -> Iterator[bytes]:
    for path in files:
        with path.open("rb") as file:
            for _, line in frames(file, path):
                yield line
