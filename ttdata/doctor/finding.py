"""A finding, and what the checks look at."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from ttdata.api.clock import declared_clock
from ttdata.store.paths import Folder
from ttdata.study.platform_terms import is_of_mock


@dataclass(frozen=True)
class Finding:
    """What is wrong, and what to do about it. Neither has a secret or the name of a person."""

    problem: str
    remedy: str


@dataclass(frozen=True)
class Patient:
    """What is examined: a folder, the study that it builds, and the environment and mounts of this machine."""

    folder: Folder
    declared: Mapping[str, Any]
    environment: Mapping[str, str]
    mounts: str = field(default="", repr=False)

    @property
    def is_invented(self) -> bool:
        """Whether the data are of a mock server, so that nobody has to be protected."""
        return is_of_mock(self.declared)

    @cached_property
    def today(self) -> date:
        """The date at the API."""
        return declared_clock(self.declared, self.folder.clock)().date()

    @property
    def datasets(self) -> list[Path]:
        return sorted((self.folder.root / "datasets").glob("*.duckdb"))

    def shown(self, path: Path) -> str:
        """A path as a user can paste it, relative to the folder if it is in it."""
        root = self.folder.root.absolute()
        path = path.absolute()
        return shlex.quote(str(path.relative_to(root) if path.is_relative_to(root) else path))


Check = Callable[[Patient], Iterator[Finding]]
