"""The journal of a purge: everything that it will do, decided before it changes anything, so that a kill loses nothing.

It contains what is being erased, so only its owner can read it, and it is deleted when the purge is verified.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ttdata.comply.purge.request import Request
from ttdata.errors import Fault, StorageFault
from ttdata.files import read_json, write_private
from ttdata.program import program
from ttdata.store.erasing import Targets
from ttdata.store.paths import Folder


@dataclass(frozen=True)
class Journal:
    """One purge. certificate: the name of its certificate, without the ending; began: by the API's clock (ISO, UTC).

    videos, comments, accounts, people: what is erased, as of Targets. ids, texts, alone: what is looked for afterwards,
                                        as of Survey
    counts: erased records by table; masked: texts of others that named an erased person
    datasets: of each built one its digest and rows by table, before
    files: sha256 of each file that exists before, by its path; it has those that are rewritten or deleted
    label_rows: rows that are removed, by label file; barred: whether it is kept out of later builds
    """

    request: Request
    certificate: str
    began: str
    videos: frozenset[str]
    comments: frozenset[str]
    accounts: frozenset[str]
    people: frozenset[str]
    ids: frozenset[str]
    texts: tuple[str, ...]
    counts: Mapping[str, int]
    masked: int
    datasets: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, str]
    label_rows: Mapping[str, int] = field(default_factory=dict)
    barred: bool = False
    alone: bool = True

    @property
    def targets(self) -> Targets:
        return Targets(self.videos, self.comments, self.accounts, self.people)

    @property
    def names_anything(self) -> bool:
        """Whether there is anything to erase: after a refresh that found everything, there is not."""
        return self.request.kind != "gone" or bool(self.videos or self.comments or self.accounts)

    def write(self, folder: Folder) -> None:
        write_private(folder.purge, json.dumps(asdict(self), default=sorted))

    @classmethod
    def read_if_any(cls, folder: Folder) -> "Journal | None":
        """The purge that was begun and not finished. Raises StorageFault if its file is damaged."""
        try:
            stored = read_json(folder.purge)
        except FileNotFoundError:
            return None
        except ValueError:
            stored = None
        try:
            sets = {name: frozenset(stored[name]) for name in ("videos", "comments", "accounts", "people", "ids")}
            return cls(**{**stored, **sets, "request": Request(**stored["request"]), "texts": tuple(stored["texts"])})
        except (KeyError, TypeError):
            raise StorageFault(
                f"{folder.purge} is damaged. Delete it, and run the same purge again: it erases what is left."
            ) from None


def refuse_during_purge(folder: Folder) -> None:
    """Raise Fault if a purge was begun and not finished: the files are neither the old ones nor the new ones."""
    if folder.purge.exists():
        raise Fault(f"A purge was begun in this folder and not finished. Finish it first: {program()} purge")


def next_certificate(folder: Folder, day: str) -> str:
    """The name of a certificate that does not exist yet."""
    number = 1
    while Path(folder.erasures, f"{(name := day if number == 1 else f'{day}.{number}')}.json").exists():
        number += 1
    return name
