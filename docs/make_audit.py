"""Writes docs/audit.md, every check and every key of a report, from the tables in ttdata/audit. Run by `make docs`."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from ttdata.audit.checks import SEVERITIES, checks

PAGE = Path(__file__).with_name("audit.md")

HEAD = """# The audit of a build

Every build ends with an audit, which compares what was requested with what was returned. It writes `reports/NAME.html`
for people and `reports/NAME.audit.json` for programs, and sends no request. `ttdata audit --dataset NAME`
writes both again and prints the findings. The page begins with [figures of the data](report.md).

* A **fault** means that the data contradict the request. A **warning** means that something is probably missing or
  wrong. A **note** is not an error, but worth a sentence in a paper.
* Findings do not fail a build, unless the study says `audit: {strict: true}`. Then a fault does; the dataset and its
  report are kept.
* Each finding has a few examples with their ids. `ttdata explain` prints which request returned them.
* The page needs no network and no script, and contains no caption, display name or profile text. Its figures contain
  hashtags and handles; `reports/NAME.audit.json` does not.

## From hits to rows

The API counts how many videos it **matched**. **Received** are the records that it returned, **unique** the rows of the
table `videos`, **in scope** the videos of the requested days, regions and accounts, **settled** those that were
requested late enough, and **analysed** those that are left. Each number is the previous one plus the changes that the
report lists. For random draws the API does not report how many it matched, so what was received counts instead.

## How stable are the results?

`ttdata audit --dataset NAME --repeat 2` sends all searches of a dataset once more (`--repeat 3` twice, and so
on). It first prints how many requests that costs. It keeps to the study's `limits`, and the quota ledger counts its
requests like any other. The pages are stored in `raw/HOST/repeats/`, apart from those of the dataset. A pass that was
stopped continues, and a complete pass costs nothing. The report then lists, for each search, the videos that both
passes found, those lost, those added, those with different values, and the Jaccard index: videos found by both, divided
by videos found by either. `reports/NAME.stability.json` has the ids of all lost and added videos.

## Checks

Generated from `ttdata/audit/checks.yaml`, which has the SQL of each check.

"""

KEYS = """
## Keys of `reports/NAME.audit.json`

Generated from `ttdata/audit/audit.schema.yaml`, which can validate a report.

| key | meaning |
|---|---|
"""


def page() -> str:
    """The whole page."""
    schema = yaml.safe_load(files("ttdata.audit").joinpath("audit.schema.yaml").read_text("utf-8"))
    tables = "\n".join(_table(severity) for severity in SEVERITIES)
    return HEAD + tables + KEYS + "".join(f"| `{key}` | {meaning}. |\n" for key, meaning in _keys("", schema))


def _table(severity: str) -> str:
    rows = (f"| `{c.name}` | {c.title} | {c.means} | {c.do} |\n" for c in checks() if c.severity == severity)
    return f"| {severity} | finding | what it means | what to do |\n|---|---|---|---|\n" + "".join(rows)


def _keys(key: str, node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if key and "description" in node:
        yield key, " ".join(node["description"].split()).replace("|", "\\|").rstrip(".")
    for variant in (node, *node.get("oneOf", [])):
        for name, child in variant.get("properties", {}).items():
            yield from _keys(f"{key}.{name}".strip("."), child)
    if "items" in node:
        yield from _keys(f"{key}[]", node["items"])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
