"""Writes docs/audit.md, every check and every key of a report, from their tables in ttdata. Run by `make docs`."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from ttdata.audit.checks import SEVERITIES, checks

PAGE = Path(__file__).with_name("audit.md")

HEAD = """# The audit of a build

Every build ends with one: what was asked against what came. It writes `reports/NAME.html` for people and
`reports/NAME.audit.json` for programs, and sends no request. `python -m ttdata audit --dataset NAME` makes both anew
and prints the findings.

* A **fault** says that the data contradict what was asked. A **warning** says that something is probably missing or
  wrong. A **note** is true, harmless in itself, and worth a sentence in a paper.
* Findings fail no build, unless the study says `audit: {strict: true}`; then a fault does, and the dataset and its
  report stay.
* Each finding has a few examples with their ids; `python -m ttdata explain` says which request brought them.
* The page needs no network and no script, and shows no caption, name or profile text.

## From hits to rows

The API says how many videos it **matched**. **Received** are the records that came, **unique** the rows of the table
`videos`, **in scope** those of the days, regions and accounts that were asked for, **settled** those that were asked
for late enough, **analysed** what is left. Each number is the one before it and the changes that the report names. Of
random draws the API does not say how many it matched; there what came counts.

## How stable are the results?

`python -m ttdata audit --dataset NAME --repeat 2` asks all searches of a dataset once more (`--repeat 3` twice, and so
on). It says first how many requests that costs, keeps to the study's `limits`, and is counted in the quota ledger like
anything else. The pages lie in `raw/HOST/repeats/`, apart from those of the dataset; a pass that was stopped goes on,
and a pass that is there costs nothing. The report then has, for each search, the videos that both passes found, those
lost, those added, those with other values, and the Jaccard index: found by both, divided by found by either. The ids of
all that came or went stand in `reports/NAME.stability.json`.

## Checks

Made from `ttdata/audit/checks.yaml`, where the SQL of each stands.

"""

KEYS = """
## Keys of `reports/NAME.audit.json`

Made from `ttdata/audit/audit.schema.yaml`, by which a report can be validated.

| key | what it says |
|---|---|
"""


def page() -> str:
    """The whole page."""
    schema = yaml.safe_load(files("ttdata.audit").joinpath("audit.schema.yaml").read_text("utf-8"))
    tables = "\n".join(_table(severity) for severity in SEVERITIES)
    return HEAD + tables + KEYS + "".join(f"| `{key}` | {said}. |\n" for key, said in _keys("", schema))


def _table(severity: str) -> str:
    rows = (f"| `{c.name}` | {c.title} | {c.means} | {c.do} |\n" for c in checks() if c.severity == severity)
    return f"| {severity} | found | what it means | what to do |\n|---|---|---|---|\n" + "".join(rows)


def _keys(at: str, node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if at and "description" in node:
        yield at, " ".join(node["description"].split()).replace("|", "\\|").rstrip(".")
    for part in (node, *node.get("oneOf", [])):
        for name, child in part.get("properties", {}).items():
            yield from _keys(f"{at}.{name}".strip("."), child)
    if "items" in node:
        yield from _keys(f"{at}[]", node["items"])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
