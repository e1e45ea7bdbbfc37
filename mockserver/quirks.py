"""Reported quirks of the real API as named switches, off by default, each with its source."""

from collections.abc import Iterable, Mapping

QUIRKS: Mapping[str, object] = {}


def read_quirks(names: Iterable[str]) -> frozenset[str]:
    """Check names of quirks; `observed` stands for all seen in the wild. Raises ValueError."""
    chosen: set[str] = set()
    for name in filter(None, (name.strip() for name in names)):
        if name == "observed":
            chosen |= set(QUIRKS)
        elif name in QUIRKS:
            chosen.add(name)
        else:
            raise ValueError(f"there is no quirk {name[:40]!r}; there are observed, {', '.join(QUIRKS)}")
    return frozenset(chosen)
