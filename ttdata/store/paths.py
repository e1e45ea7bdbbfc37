"""Where each file of a study belongs: the one place that knows the names of files and folders."""

from dataclasses import dataclass
from pathlib import Path

EXPORTED = ".files.json"
"""The list in the folder of an export, wherever that is: {"files": {FORMAT: [NAME]}, "texts": [NAME]}."""


@dataclass(frozen=True)
class Folder:
    """The folder in which a study is built. All paths are below `root`; stored paths are relative to it."""

    root: Path = Path()

    @property
    def plan(self) -> Path:
        return self.root / "plan.json"

    @property
    def study(self) -> Path:
        """The study of the current build, lists filled in: the input of its rule `plan`."""
        return self.root / ".ttdata" / "study.json"

    @property
    def mock_ledger(self) -> Path:
        return self.root / ".ttdata" / "mock-quota.sqlite"

    @property
    def stop(self) -> Path:
        """Why the current build sends nothing more; absent while it may."""
        return self.root / ".ttdata" / "stopped.json"

    @property
    def events(self) -> Path:
        return self.root / ".ttdata" / "events"

    @property
    def requests(self) -> Path:
        """How many requests the current build may send, and a line for each that it has; see request_limit.py."""
        return self.root / ".ttdata" / "requests"

    @property
    def doubts(self) -> Path:
        """Searches of the current build whose empty answers are doubted."""
        return self.root / ".ttdata" / "doubts"

    @property
    def build(self) -> Path:
        """The build that is running, held locked by it; see store/builds.py."""
        return self.root / ".ttdata" / "build"

    @property
    def session(self) -> Path:
        """In a module, the environment that the first job has made for the others."""
        return self.root / ".ttdata" / "session.json"

    @property
    def secrets(self) -> Path:
        """What the jobs of a build on a cluster need and the cluster must not store; see api/job_secrets.py."""
        return self.root / ".ttdata" / "secrets.json"

    @property
    def clock(self) -> Path:
        return self.root / ".ttdata" / "clock.json"

    @property
    def mirrors(self) -> Path:
        """Which buckets have copies of the raw pages. It is beside these, so that cleaning keeps it, too."""
        return self.raw_pages / "mirrors.json"

    @property
    def verified(self) -> Path:
        """The size and time of each dataset when it was known to be whole."""
        return self.root / ".ttdata" / "verified.json"

    @property
    def mock_log(self) -> Path:
        return self.root / "logs" / "mockserver.log"

    @property
    def raw_pages(self) -> Path:
        """The pages of all APIs."""
        return self.root / "raw"

    @property
    def id(self) -> Path:
        """A random number by which all hosts know this folder, wherever each of them has mounted it."""
        return self.raw_pages / "folder-id"

    @property
    def refreshes(self) -> Path:
        """What refreshes have sent and found. It cost quota, and no build deletes it."""
        return self.root / "refresh"

    @property
    def tombstones(self) -> Path:
        """What is remembered of records that were no longer available."""
        return self.refreshes / "tombstones.json"

    @property
    def tombstone_key(self) -> Path:
        """The key of the hashes in `tombstones`; whoever deletes it makes them meaningless."""
        return self.root / "tombstones.key"

    @property
    def erasures(self) -> Path:
        """Certificates of what was erased."""
        return self.root / "erasures"

    @property
    def purge(self) -> Path:
        """What a purge that is not finished erases."""
        return self.erasures / "unfinished.json"

    @property
    def made(self) -> list[Path]:
        """Everything that a build writes, except the raw pages."""
        return [*self.results, *(self.root / name for name in ("logs", "plan.json", ".snakemake", ".ttdata"))]

    @property
    def results(self) -> list[Path]:
        """The folders of what jobs make from the raw pages, and later jobs read."""
        return [self.root / name for name in ("datasets", "reports", "exports", "packages", "ids")]

    @property
    def is_of_a_build(self) -> bool:
        """Whether anything was built here: a folder of another program can have folders of the same names."""
        return self.plan.exists() or self.study.parent.exists()

    def raw(self, host: str) -> "RawFolder":
        return RawFolder(self.raw_pages / host)

    def ids(self, dataset: str, source: str) -> Path:
        """The items that a source of a dataset requests, one per line."""
        return self.root / "ids" / dataset / f"{source}.txt"

    def previous(self, name: str) -> Path:
        """Where a dataset is kept while a build is running that may replace it."""
        return self.root / ".ttdata" / "previous" / f"{name}.duckdb"

    def failed_builds(self, name: str) -> Path:
        """How many builds of a dataset failed."""
        return self.root / ".ttdata" / "failed" / name

    def dataset(self, name: str) -> Path:
        return self.root / "datasets" / f"{name}.duckdb"

    def report(self, dataset: str) -> Path:
        """The audit of a dataset for programs."""
        return self.root / "reports" / f"{dataset}.audit.json"

    def page(self, dataset: str) -> Path:
        """The audit of a dataset for people."""
        return self.root / "reports" / f"{dataset}.html"

    def stability(self, dataset: str) -> Path:
        """How stable a dataset's searches are."""
        return self.root / "reports" / f"{dataset}.stability.json"

    def loss(self, dataset: str) -> Path:
        """What the last refresh of a dataset found, in counts."""
        return self.root / "reports" / f"{dataset}.refresh.json"

    def loss_page(self, dataset: str) -> Path:
        """The same for people."""
        return self.root / "reports" / f"{dataset}.refresh.txt"

    def export(self, dataset: str) -> Path:
        """The explanation of the files that a dataset is exported to."""
        return self.root / "exports" / dataset / "README.txt"

    def package(self, dataset: str, profile: str) -> Path:
        """A replication package of a dataset."""
        return self.root / "packages" / f"{dataset}-{profile}.zip"

    def accepted(self, dataset: str) -> Path:
        """Exists if the audit of a dataset found no fault, in a study that requires it."""
        return self.root / "reports" / f"{dataset}.accepted"

    def stored(self, path: Path) -> str:
        """A path as receipts and datasets store it: relative to the root."""
        return path.relative_to(self.root).as_posix()


@dataclass(frozen=True)
class RawFolder:
    """The pages of one API, with their receipts; pages of different APIs are never mixed."""

    path: Path

    def pages(self, source: str, name: str) -> Path:
        """The raw file of a slice or shard."""
        return self.path / source / f"{name}.ndjson.zst"

    def receipt(self, source: str, name: str) -> Path:
        return self.path / source / f"{name}.receipt.json"

    @property
    def calendar(self) -> Path:
        """When each source with waves was first requested."""
        return self.path / "calendar.json"

    def doubted(self, source: str, name: str) -> list[Path]:
        """Raw files that were set aside because their answers cannot be true, oldest first."""
        files = (self.path / source).glob(f"{name}.doubted*.ndjson.zst")
        return sorted(files, key=lambda path: (len(path.name), path.name))
