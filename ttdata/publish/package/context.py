"""What the parts of a package are made from: one dataset, its study, and a profile."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ttdata.publish.contents import Contents
from ttdata.publish.package.labels import declared_labels, with_files
from ttdata.publish.package.private_values import names_of
from ttdata.publish.package.studies import (
    Declared,
    Replacements,
    accounts_in,
    numbered,
    replaced,
    without_ids,
)
from ttdata.publish.package.twin import Twin
from ttdata.store.paths import Folder
from ttdata.study.labels import Labels
from ttdata.study.packages import PackageSettings
from ttdata.tables.declared import quoted

# What each table of a dataset counts as when a README says how large it is; the others are derived from these.
COUNTED = ("videos", "comments", "users", "followers", "following", "user_video_links", "playlists", "shops")


@dataclass(frozen=True)
class Source:
    """A dataset that is packaged. declared: its study, lists filled in; file: the dataset; profile: which package."""

    contents: Contents
    file: Path
    folder: Folder
    declared: Declared
    settings: PackageSettings
    profile: str
    twin: Twin
    twin_files: dict[str, str]
    twin_rows: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.contents.about.dataset

    @property
    def is_public(self) -> bool:
        """Whether anyone may read the package."""
        return self.profile in ("public", "aggregate")

    @property
    def has_ids(self) -> bool:
        return self.profile != "aggregate"

    @property
    def hides_accounts(self) -> bool:
        """Whether pseudonyms take the place of accounts that the study names."""
        return self.is_public and bool(accounts_in(self.declared)) and not self.settings.publish_accounts

    @cached_property
    def study(self) -> Declared:
        """The study as the package has it."""
        study = with_files(self.declared, self.shown_labels)
        if self.hides_accounts:
            study = replaced(study, Replacements(numbered(accounts_in(study), "account"), str))
        return study if self.has_ids else without_ids(study)

    @cached_property
    def labels(self) -> tuple[Labels, ...]:
        """The study's own labels of the dataset."""
        return declared_labels(self.declared)

    @property
    def shown_labels(self) -> list[str]:
        """The names of the labels that the package has."""
        names = [each.name for each in self.labels]
        if not self.has_ids:
            return []
        return [name for name in names if name in self.settings.publish_labels] if self.is_public else names

    @property
    def hidden_labels(self) -> list[str]:
        return [each.name for each in self.labels if each.name not in self.shown_labels]

    @cached_property
    def slice_name(self) -> Callable[[str], str]:
        """What the package calls a slice. The hash of its request, its own name, would confirm a guessed account."""
        if not self.hides_accounts:
            return str
        names = [
            row[0] for row in self.query("SELECT DISTINCT slice FROM rounds UNION SELECT slice FROM slices ORDER BY 1")
        ]
        return numbered([name for name in names if re.fullmatch(r"(again-)?[0-9a-f]{16}.*", name)] or names, "slice")

    @cached_property
    def account_names(self) -> set[str]:
        return names_of(self.contents)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.contents.con.execute(sql).fetchall()

    def has(self, table: str) -> bool:
        return any(each.name == table for each in self.contents.all_tables)

    def rows(self, table: str) -> int:
        return int(self.query(f"SELECT count(*) FROM {quoted(table)}")[0][0]) if self.has(table) else 0

    def shown(self, number: int | None) -> int | None:
        """A number of records as a package without ids has it: None if it is about few."""
        return None if number is None or (not self.has_ids and 0 < number < self.settings.k) else number

    @cached_property
    def collected(self) -> tuple[str, str]:
        """The days of the first and the last answer."""
        first, last = self.query("SELECT min(sent_at)::DATE::VARCHAR, max(sent_at)::DATE::VARCHAR FROM requests")[0]
        return first or "", last or ""

    @property
    def date(self) -> str:
        """The day of publication: the study's, or that of the last request."""
        return self.settings.date or self.collected[1] or "1980-01-01"

    @property
    def title(self) -> str:
        return self.settings.title or f"Replication package of {self.contents.about.study}, dataset {self.name}"
