"""Writes the table of figures in docs/report.md from ttdata/publish/figures.yaml. Run by `make docs`."""

from pathlib import Path

from ttdata.publish.figures import MOST_GROUPS, kinds

PAGE = Path(__file__).with_name("report.md")

HEAD = """# The report on a dataset

Every build writes `reports/NAME.html`: one page that you can send to a co-author, print, or open years later. It needs
no other file, no network and no script. `ttdata audit --dataset NAME` writes it again.

It shows what was requested, then figures of the data, then coverage, quota, and what [the audit](audit.md) found.

## Figures

The figures need one more package, which draws them:

```console
$ pip install ".[figures]"
```

Without it, the page says so in their place. After you install it, `ttdata audit --dataset NAME` adds the figures.

Generated from `ttdata/publish/figures.yaml`, which has the SQL and the chart of each figure.

| figure | question | tables |
|---|---|---|
"""

TAIL = f"""
* A figure is left out if the dataset has no such table. If the table is empty, the page names the figure below the
  others.
* All times are UTC. Up to 100 days are shown by day, up to 700 by week, longer periods by month.
* Videos over time are those of the requested days, and days that were not requested do not count as days without
  videos. All other figures show all rows of their tables.
* Groups are the first column of the study's list of accounts that has 2 to {MOST_GROUPS} different values, such as the
  party.
* Below each figure is a text with its main numbers, which screen readers read in its place, and a table.
* Equal datasets have equal pages, byte for byte, as long as vl-convert has the same version.

**Before you publish the page:** the figures name the hashtags and the accounts with the most videos, and the findings
have ids and handles as examples. The page contains no caption, display name or profile text.

`snakemake --report report.zip`, with the `--snakefile` and `--directory` of the build, contains this page for each
dataset, and the rules that made them.
"""


def page() -> str:
    """The whole page."""
    rows = (f"| {kind.title} | {kind.question} | {', '.join(_tables(kind.needs))} |\n" for kind in kinds())
    return HEAD + "".join(rows) + TAIL


# The tables of figures.sql, and those of the dataset that they are made from.
_MADE_FROM = {
    "by_group": ("videos", "accounts"),
    "by_term": ("videos", "terms"),
    "listed_accounts": ("accounts",),
    "list_coverage": ("ids", "id_status"),
}


def _tables(needs: tuple[str, ...]) -> list[str]:
    return [f"`{table}`" for need in needs for table in _MADE_FROM.get(need, (need,))]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
