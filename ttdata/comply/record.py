"""One refresh of a dataset on disk: what it checks, fixed at its start, and what it found. A folder below refresh/.

refresh/DATASET/DAY/started.json       what was fixed when it began
                    ids/CATEGORY.txt   the ids that it checks
                    tasks.ndjson.zst   the answers about compliance tasks, as received
                    users.ndjson.zst   the answers about accounts
                    gone.json          the ids that are no longer available, once all are checked
                    result.json        counts; with it the refresh is finished
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ttdata.comply.subjects import CATEGORIES, Category
from ttdata.errors import StorageFault
from ttdata.files import read_json, write_json
from ttdata.store.id_files import read_ids, write_ids
from ttdata.store.paths import Folder


@dataclass(frozen=True)
class Start:
    """What is fixed when a refresh begins. began: by the API's clock (ISO, UTC).

    batch: ids per compliance task. covers: the raw files whose records are checked. digest: of the dataset.
    """

    dataset: str
    began: str
    batch: int
    covers: tuple[str, ...]
    digest: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.began)


@dataclass(frozen=True)
class Record:
    """The folder of one refresh."""

    path: Path

    @property
    def tasks(self) -> Path:
        return self.path / "tasks.ndjson.zst"

    @property
    def users(self) -> Path:
        return self.path / "users.ndjson.zst"

    @property
    def gone(self) -> Path:
        return self.path / "gone.json"

    @property
    def before(self) -> Path:
        """The tombstones of these ids before the refresh, while it is not finished."""
        return self.path / "before.json"

    @property
    def result(self) -> Path:
        return self.path / "result.json"

    @property
    def is_finished(self) -> bool:
        return self.result.exists()

    @property
    def start(self) -> Start:
        """Raises StorageFault if the file is not as it was written."""
        path = self.path / "started.json"
        try:
            stored = read_json(path)
            start = Start(**{**stored, "covers": tuple(stored["covers"])})
            if start.moment.tzinfo is None or start.batch < 1:
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError):
            raise StorageFault(f"{path} is damaged. Delete {self.path}: the refresh then begins anew.") from None
        return start

    def begin(self, start: Start, ids: Mapping[Category, Sequence[str]]) -> None:
        """Fix what the refresh checks. The last file to be written is the one that makes it a refresh."""
        for category, some in ids.items():
            write_ids(self._ids(category), some, category)
        write_json(self.path / "started.json", asdict(start))

    def ids(self) -> dict[Category, list[str]]:
        return {category: read_ids(self._ids(category)) for category in CATEGORIES}

    def finish(self, result: Mapping[str, Any]) -> None:
        write_json(self.result, result)

    def gone_ids(self) -> dict[Category, set[str]]:
        """The ids that are no longer available. Raises StorageFault."""
        try:
            stored = read_json(self.gone)
            return {category: set(stored[category]) for category in CATEGORIES}
        except (OSError, ValueError, KeyError, TypeError):
            raise StorageFault(f"{self.gone} is missing or damaged. Refresh again: --early") from None

    def _ids(self, category: Category) -> Path:
        return self.path / "ids" / f"{category}.txt"


def records(folder: Folder, dataset: str) -> list[Record]:
    """The refreshes of a dataset that were begun, oldest first."""
    starts = (folder.refreshes / dataset).glob("*/started.json")
    return sorted((Record(path.parent) for path in starts), key=lambda each: each.start.moment)


def new_record(folder: Folder, dataset: str, now: datetime) -> Record:
    """Where a refresh that begins now belongs: a folder with the name of its day."""
    name, number = f"{now:%Y-%m-%d}", 1
    while (path := folder.refreshes / dataset / (name if number == 1 else f"{name}.{number}")).exists():
        if not (path / "started.json").exists():  # one that was stopped before it began
            break
        number += 1
    return Record(path)
