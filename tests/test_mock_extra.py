"""`pip install "ttdata[mock]"` is light: what it installs, followed through the requirements of each package."""

import re
from importlib.metadata import PackageNotFoundError, requires

from packaging.requirements import Requirement

# Of builds, not of the mock: the first two are the reason for the extra.
HEAVY = {"snakemake", "duckdb", "pandas", "pyarrow", "matplotlib", "scipy"}


def installed_with(name: str, extras: frozenset[str], seen: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The packages that an installation of one brings, with their extras."""
    name = re.sub(r"[-_.]+", "-", name).lower()
    if extras <= seen.get(name, frozenset()) and name in seen:
        return seen
    seen[name] = seen.get(name, frozenset()) | extras
    try:
        lines = requires(name) or []
    except PackageNotFoundError:  # for another system
        return seen
    for requirement in map(Requirement, lines):
        if not requirement.marker or any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            installed_with(requirement.name, frozenset(requirement.extras), seen)
    return seen


def test_the_mock_alone_brings_no_package_of_builds() -> None:
    names = set(installed_with("ttdata", frozenset({"mock"}), {}))
    assert {"aiohttp", "numpy", "requests"} <= names
    assert not names & HEAVY
    assert not any(name.startswith("snakemake") for name in names)
    assert len(names) < 40


def test_the_check_finds_what_a_build_needs() -> None:
    assert {"snakemake", "duckdb"} <= set(installed_with("ttdata", frozenset({"data"}), {}))
