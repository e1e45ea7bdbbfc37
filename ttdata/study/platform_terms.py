"""The terms of use that a study runs under: when its data are due for a refresh, and what is kept of lost records.

It is the key `terms` of a study. (The table `terms` of a dataset is something else: the words that were searched for.)
The durations are the study's own statement about a version of TikTok's terms; ttdata has not read these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ttapi.destination import Destination

Memory = Literal["hash", "id", "none"]

NEVER = "the data are invented and the study sets no terms"
# The stricter of the two durations that readers of TikTok's terms report (15 and 30 days).
USUAL_DAYS = 15


@dataclass(frozen=True)
class PlatformTerms:
    """refresh_days: None if the data never become due; version: which text of the terms says so, "" if not stated.

    tombstone: what is remembered of a record that is no longer available: a keyed hash, its id, or nothing.
    """

    refresh_days: int | None
    version: str = ""
    tombstone: Memory = "hash"
    is_declared: bool = True

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> "PlatformTerms":
        """The terms in a checked study. Invented data become due only if the study declares terms."""
        if "terms" not in declared:
            return cls(None if is_of_mock(declared) else USUAL_DAYS, is_declared=False)
        terms = declared["terms"]
        return cls(terms.get("refresh_days", USUAL_DAYS), terms.get("version", ""), terms.get("tombstone", "hash"))

    @property
    def duration(self) -> str:
        """How often a refresh is due, and who says so; "" if it never is."""
        if self.refresh_days is None:
            return ""
        every = "every day" if self.refresh_days == 1 else f"every {self.refresh_days} days"
        if not self.is_declared:
            return f"{every} (assumed, since the study does not set terms)"
        return f"{every} (version of the terms: {self.version or 'not stated'})"


def is_of_mock(declared: Mapping[str, Any]) -> bool:
    """Whether the data of a study are invented: they come from the bundled server, or from one on this machine."""
    base_url = declared.get("api", {}).get("base_url", "mock")
    return base_url == "mock" or Destination.of(base_url).is_loopback
