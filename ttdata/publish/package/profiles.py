"""What each profile of a package contains: a table of parts, and the one function that writes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ttdata.publish.package import members, metadata, texts
from ttdata.publish.package.context import Source

Files = Mapping[str, str | bytes | Path]

PROFILES: Mapping[str, str] = {
    "public": "ids without text or names, for everyone",
    "aggregate": "counts only, no ids, for everyone",
    "team": "everything, only for the people whom TikTok has approved",
    "self-archive": "everything, for your own archive",
}
_PUBLIC, _ALL = ("public", "aggregate"), tuple(PROFILES)
_WITH_IDS, _WHOLE = ("public", "team", "self-archive"), ("team", "self-archive")


@dataclass(frozen=True)
class Part:
    """A part of a package: which profiles have it, and the function that makes its files by their names."""

    meaning: str
    profiles: tuple[str, ...]
    files: Callable[[Source], Files]


PARTS: tuple[Part, ...] = (
    Part("the study and its lists", _ALL, members.study),
    Part("the ids of all records, each with its slice", _WITH_IDS, members.ids),
    Part("what was requested and received, as numbers", _ALL, members.receipts),
    Part("the study's own labels", _WITH_IDS, members.labels),
    Part("counts, none of which is about few records", _ALL, members.aggregates),
    Part("what each column means", _ALL, members.codebook),
    Part("how the tables are declared", _ALL, members.declarations),
    Part("a digest of each table", _ALL, members.digests),
    Part("the synthetic twin", _ALL, members.twin),
    Part("the workflow", _ALL, members.workflow),
    Part("versions of the software", _ALL, members.lock),
    Part("the authors' analysis and its outputs", _ALL, members.analysis),
    Part("a check that a server can run after each change", _ALL, members.ci),
    Part("the dataset", _WHOLE, members.dataset),
    Part("the pages as received, with their receipts and the plan", _WHOLE, members.pages),
)
# These describe the others, and come last.
DESCRIPTIONS: tuple[Part, ...] = (
    Part("README, data availability, cost of a rebuild", _ALL, texts.texts),
    Part("citation", _ALL, metadata.citation),
    Part("Data Package", _ALL, metadata.datapackage),
    Part("what the package is, for programs", _ALL, metadata.manifest),
)


def write_parts(source: Source, folder: Path) -> None:
    """Write all parts of a source's profile to a folder."""
    for part in (*PARTS, *DESCRIPTIONS):
        if source.profile in part.profiles:
            for name, content in part.files(source).items():
                write(folder / name, content)


def write(path: Path, content: str | bytes | Path) -> None:
    """Write a file, or copy one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        content = content.encode()
    path.write_bytes(content.read_bytes() if isinstance(content, Path) else content)
