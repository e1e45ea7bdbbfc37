"""Writes docs/sources.md, every kind of source and how to select, from ttdata/source_kinds.py. Run by `make docs`."""

from pathlib import Path
from textwrap import fill

from ttdata.source_kinds import KINDS, SourceKind, item_column
from ttdata.study.conditions import FUNCTIONS
from ttdata.study.study import schema

PAGE = Path(__file__).with_name("sources.md")

HEAD = """# Sources

Generated from `ttdata/source_kinds.py` by `make docs`. [study.md](study.md) explains every key.

A dataset begins with `videos`, with your own `accounts`, or with the `names` of shops. Every other source requests
data about the rows of one of these, or about the rows of another source: its parent. `of:` names the parent.

```yaml
datasets:
  climate:
    videos:
      where: {any: [{hashtag_name: [klima, klimawandel]}]}
      during: [2025-01-01, 2025-03-31]
    comments:        {of: videos, where: "comment_count > 0", top: {by: view_count, k: 200, per: week}}
    replies:         {of: comments, top: {by: reply_count, k: 50}}
    users:           {of: videos}
    following:       {of: users, where: "is_verified", max: 1000}
    following_hop2:  {of: following, sample: {k: 500, seed: 1}}
    users_hop2:      {of: following_hop2}
    pinned:          {of: users}
  market:
    shops:           {names: {file: shops.txt}}
    products:        {of: shops}
    reviews:         {of: products, where: "product_review_count > 10", max: 100}
```

A source is named by its kind, or by its kind and a suffix (`following_hop2`), so a dataset can have several sources
of one kind. These share a table; the column `source` of the table `seen` says which of them returned a record. An item
that several sources need is requested once. A dataset has the tables of all kinds that it declares, even if nothing
was found.

## The kinds

"""

COLUMNS = """| kind | what it requests | parents | requests per item | quota | tables |
|---|---|---|---|---|---|
"""

TAIL = """
TikTok has a quota of 20,000 requests per day for followers and following, and one of 1,000 for everything else.

* Accounts that TikTok did not disclose are not requested again by the next source.
* `replies` are requested only for comments that have replies and are not replies themselves, and `reviews` only for
  products that have reviews.
* `playlists` are requested for videos that belong to a playlist.
* `shops` with `of: accounts` uses the column `shop_name` of your table of accounts.
* With `max`, whole pages of a list are requested until they have that many records.
* The parent of a reply may be missing: TikTok returns about 1,000 comments per video, and a deleted comment leaves its
  replies behind.

## Selecting items: where, top, sample

They are applied in this order to the rows of the parent's table.

`where` is an SQL condition, as you would write it after `WHERE`: `comment_count > 0 AND region_code = 'DE'`. Its
columns are those of the parent's table. With `of: accounts` they are the columns of your own list, and all of them are
text. A condition compares columns with values, and can use AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASE, CAST and
these functions:

{functions}

It cannot contain anything else, such as a query, a file, or a function whose value changes from day to day. Mistakes
are reported when the study is read, before they cost a request.

`top` takes the `k` rows that rank highest `by` a number or a time; `create_time` takes the newest. With `per`, it takes
`k` rows per group. A group is a value of a column (`region_code`, `username`), or a `day`, `week` (from Monday) or
`month` of `create_time`. Of equal rows, those with the higher id are taken, which are newer.

`sample` draws `k` items at random. If the items are accounts, it draws accounts, no matter how many videos each of them
has. It ranks items by a hash of `seed` and id. So the same seed draws the same items on any machine, a larger `k` keeps
the items that a smaller one drew, and a parent that grows changes little. With `per` it draws `k` items per group.
"""


def page() -> str:
    """The whole page."""
    rows = "".join(f"| {' | '.join(_row(name, kind))} |\n" for name, kind in KINDS.items())
    return HEAD + COLUMNS + rows + TAIL.format(functions=_functions())


def _functions() -> str:
    return fill(", ".join(FUNCTIONS) + ".", 112, initial_indent="> ", subsequent_indent="> ")


def _row(name: str, kind: SourceKind) -> tuple[str, ...]:
    parents = ["`names`"] if kind.takes_names else []
    parents += [f"`{each}`" for each in ["accounts", "videos", *KINDS] if item_column(name, each)]
    cost = f"1 per {kind.page} records" if kind.row.cursor else "1"
    tables = ", ".join(f"`{table}`" for table in (kind.table, *kind.derived))
    return f"`{name}`", schema()["$defs"][name]["description"], ", ".join(parents), cost, kind.row.bucket, tables


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
