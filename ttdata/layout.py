"""Where a build keeps what: the one place that knows the names of files and folders."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ttdata.study import MOCK
from ttdata.tenant import world

PLAN = Path("plan.json")
STUDY = Path(".ttdata/study.json")
MOCK_LEDGER = Path(".ttdata/mock-quota.sqlite")
STOPPED = Path(".ttdata/stopped.json")
EVENTS = Path(".ttdata/events")
BUILD = Path(".ttdata/build")
CLOCK = Path(".ttdata/clock.json")


@dataclass(frozen=True)
class Layout:
    """Paths below one API's raw folder; `host` keeps the pages of different APIs apart."""

    host: str

    def raw(self, source: str, name: str) -> Path:
        return Path("raw", self.host, source, f"{name}.ndjson.zst")

    def doubted(self, source: str, name: str) -> list[Path]:
        """Answers that were set aside since they cannot be true, oldest first."""
        folder = self.raw(source, name).parent
        return sorted(folder.glob(f"{name}.doubted*.ndjson.zst"), key=lambda path: (len(path.name), path.name))

    def receipt(self, source: str, name: str) -> Path:
        return Path("raw", self.host, source, f"{name}.receipt.json")


def ids(dataset: str, source: str) -> Path:
    """The ids that a chained source of a dataset asks for, one a line."""
    return Path("ids", dataset, f"{source}.txt")


def dataset(name: str) -> Path:
    return Path("datasets", f"{name}.duckdb")


def report(dataset: str) -> Path:
    """The audit of a dataset for programs."""
    return Path("reports", f"{dataset}.audit.json")


def page(dataset: str) -> Path:
    """The audit of a dataset for people."""
    return Path("reports", f"{dataset}.html")


def stability(dataset: str) -> Path:
    """What asking a dataset's searches again has shown."""
    return Path("reports", f"{dataset}.stability.json")


def accepted(dataset: str) -> Path:
    """There if the audit of a dataset found no fault, where the study insists on it."""
    return Path("reports", f"{dataset}.accepted")


def host(base_url: str, tenant: str = "", environment: Mapping[str, str] = os.environ) -> str:
    """The folder name of an API: its host, and for a mock tenant the settings of its world.

    Mock pages never meet real ones, nor those of another world.
    """
    name = MOCK if base_url == MOCK else urlsplit(base_url).netloc
    return re.sub(r"[^\w.,=-]", "_", ",".join([name, *world(tenant, environment)]))


def in_round(name: str, number: int) -> str:
    """The name of a slice or shard when it is asked for the how-manieth time: HASH, HASH.2, HASH.3."""
    return name if number == 1 else f"{name}.{number}"


def first_round(name: str) -> str:
    """The name without its round."""
    return name.partition(".")[0]


def round_of(name: str) -> int:
    """The round that a name is of."""
    return int(name.partition(".")[2] or 1)
