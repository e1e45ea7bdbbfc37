"""What a study says about its replication packages: the key `package`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ttdata.study.problems import Problems

DEFAULT_K = 10
_BY_ACCOUNT = ("users", "accounts")


@dataclass(frozen=True)
class PackageSettings:
    """The key `package` of a study; docs/study.md explains its parts."""

    profiles: tuple[str, ...] = ()
    analysis: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    publish_accounts: bool = False
    reason: str = ""
    publish_labels: tuple[str, ...] = ()
    k: int = DEFAULT_K
    allowed: tuple[str, ...] = ()
    title: str = ""
    authors: tuple[Mapping[str, str], ...] = ()
    contact: str = ""
    licence: str = ""
    paper: str = ""
    approval: str = ""
    date: str = ""

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> "PackageSettings":
        """The settings in a checked study."""
        stored: dict[str, Any] = declared.get("package") or {}
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
        }
        return cls(**values)

    @classmethod
    def read(cls, plain: Mapping[str, Any], problems: Problems) -> "PackageSettings":
        """The same; what a schema cannot check is added to the problems."""
        settings = cls.of(plain)
        if settings.publish_accounts and not settings.reason:
            problems.add(
                "package.publish_accounts",
                "A package that names accounts must say why it may; add reason, such as "
                "reason: All accounts belong to parties.",
            )
        if settings.outputs and not settings.analysis:
            problems.add("package.outputs", "No script writes these files; name it in package.analysis.")
        for name in settings.publish_labels:
            settings._check_labels(name, plain, problems)
        return settings

    def _check_labels(self, name: str, plain: Mapping[str, Any], problems: Problems) -> None:
        labels: dict[str, Mapping[str, Any]] = {}
        for dataset in plain["datasets"].values():
            labels |= dataset.get("labels", {})
        if name not in labels:
            have = f"Labels: {', '.join(labels)}." if labels else "It declares none."
            problems.add("package.publish_labels", f"The study has no labels {name!r}. {have}")
        elif labels[name]["of"] in _BY_ACCOUNT and not self.publish_accounts:
            problems.add(
                "package.publish_labels",
                f"The labels {name!r} name the accounts that they are of; publish these, too, with "
                "publish_accounts: true and a reason, or leave the labels out.",
            )
