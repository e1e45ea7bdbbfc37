"""What a study says about its replication packages: the key `package`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ttdata.study.problems import Problems

DEFAULT_K = 10


@dataclass(frozen=True)
class PackageSettings:
    """The key `package` of a study; docs/study.md explains its parts."""

    profiles: tuple[str, ...] = ()
    analysis: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    publish_accounts: bool = False
    reason: str = ""
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
        return settings
