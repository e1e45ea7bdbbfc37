"""Receipts: what a slice or shard holds, stated beside its raw file so that the build need not trust the file."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ttdata.errors import NotCollected
from ttdata.files import read_json, write_json
from ttdata.states import FINISHED, State


@dataclass(frozen=True)
class Receipt:
    """What was collected for one slice or shard.

    state     complete: every page that the API offers is there; empty: complete, and nothing was found; refused: the
              API tells nothing of any item; capped: complete, but lists were cut; partial: not all could be had;
              blocked: partial, and too many requests failed today for another one
    evidence  what tells so, in plain words
    answers   lines in the raw file when this was written; `records` those in good answers about `items`
    requests  answers that this slice or shard cost, failed ones included; `least` the fewest possible
    items     ids that a shard was asked for; `refused` those that the API does not disclose, with the reason
    cut       items whose list was cut, by `max` or by TikTok, with the records that are there
    longest   of a search that had to be split, the longest window in days that was answered
    keys      names of the fields seen in the records
    asked     of a source with waves the ids themselves: its list is another one in the next wave
    asked_at  when the first good answer came, by the API's clock (ISO, UTC), and `finished_at` the last; "" if none did
    """

    name: str
    source: str
    state: State
    raw: str
    answers: int
    requests: int
    least: int
    records: int
    keys: tuple[str, ...] = ()
    items: int | None = None
    refused: dict[str, str] = field(default_factory=dict)
    evidence: str = ""
    cut: dict[str, int] = field(default_factory=dict)
    longest: int | None = None
    asked: tuple[str, ...] = ()
    asked_at: str = ""
    finished_at: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing more to ask."""
        return self.state in FINISHED

    def write(self, path: Path) -> None:
        write_json(path, asdict(self))

    @classmethod
    def read(cls, path: Path) -> "Receipt":
        """Read a receipt; NotCollected if there is none, or none that this version wrote."""
        try:
            stored = read_json(path)
            return cls(**stored | {key: tuple(stored[key]) for key in ("keys", "asked")})
        except FileNotFoundError:
            raise NotCollected(f"{path.stem} is not collected yet: there is no {path}. Run the build again.") from None
        except (ValueError, KeyError, TypeError):
            raise NotCollected(
                f"{path} was not written by this version of ttdata. "
                "Delete it and build again; no page is asked for twice."
            ) from None


def sorted_keys(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({key for group in groups for key in group}))
