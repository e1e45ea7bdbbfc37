"""Files that come with the packages: YAML files inside them, and what a build needs besides."""

from importlib.resources import files
from pathlib import Path
from typing import Any

_SHIPPED = Path(__file__).with_name("shipped")
PROJECT = _SHIPPED if _SHIPPED.exists() else Path(__file__).parents[1]
"""The folder of the Snakefile, rules/, profiles/, studies/, config.yaml and CITATION.cff.

In a wheel it is its own, in a clone the top.
"""


def packaged_yaml(package: str | None, name: str) -> Any:
    """The content of a YAML file of a package. Read by libyaml where it is there, which is ten times as fast."""
    import yaml  # not for a job, which reads no such file

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(files(str(package)).joinpath(name).read_text("utf-8"), loader)  # noqa: S506
