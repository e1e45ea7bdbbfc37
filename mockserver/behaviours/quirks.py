"""The catalogue of reported quirks of the real API, read from quirks.yaml. What each does: endpoints/quirks.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class Quirk:
    """A switch. observed: a patient client gets all data nevertheless, so that `observed` turns it on."""

    numbers: list[int]
    about: str
    source: str
    endpoints: tuple[str, ...] = ("",)
    observed: bool = False

    def concerns(self, endpoint: str) -> bool:
        return endpoint.startswith(tuple(self.endpoints))


_TABLE = yaml.safe_load(files(__package__).joinpath("quirks.yaml").read_text("utf-8"))
QUIRKS: Mapping[str, Quirk] = {name: Quirk(**row) for name, row in _TABLE["switches"].items()}
ALWAYS: Mapping[int, str] = _TABLE["always"]
ELSEWHERE: Mapping[int, str] = _TABLE["elsewhere"]


def read_quirks(names: Iterable[str]) -> frozenset[str]:
    """Check names of quirks; `observed` stands for all that a patient client can live with. Raises ValueError."""
    chosen: set[str] = set()
    for name in filter(None, (name.strip() for name in names)):
        if name == "observed":
            chosen |= {name for name, quirk in QUIRKS.items() if quirk.observed}
        elif name in QUIRKS:
            chosen.add(name)
        else:
            raise ValueError(f"there is no quirk {name[:40]!r}; there are observed, {', '.join(QUIRKS)}")
    return frozenset(chosen)


def concerning(endpoint: str, names: Iterable[str]) -> list[str]:
    """Those of the quirks that show at an endpoint."""
    return sorted(name for name in names if QUIRKS[name].concerns(endpoint))
