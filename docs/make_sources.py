"""Writes docs/sources.md, every kind of source and how to select, from ttdata/source_kinds.py. Run by `make docs`."""

from pathlib import Path
from textwrap import fill

from ttdata.source_kinds import KINDS, SourceKind, item_column
from ttdata.study.conditions import FUNCTIONS
from ttdata.study.study import schema

PAGE = Path(__file__).with_name("sources.md")

HEAD = """# Sources that ask about what others found

Made from `ttdata/source_kinds.py` by `make docs`. Every key is explained in [study.md](study.md).

A dataset begins with `videos`, with your own `accounts`, or with the `names` of shops. All other sources ask
about what one of these, or another source, has found: `of:` says which.

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

A source is called by its kind, or by its kind and a suffix (`following_hop2`), so that a kind can stand more
than once. The sources of one kind share a table; the column `source` of the table `seen` says which of them
brought a record. What two sources ask alike is asked once. A dataset has the tables of the kinds that it
declares, also where nothing was found.

## The kinds

"""

COLUMNS = """| kind | what it asks for | of | requests for each | quota | table |
|---|---|---|---|---|---|
"""

TAIL = """
TikTok has a quota of 20,000 requests a day for followers and following, and one of 1,000 for all else.

* Accounts that TikTok did not disclose are not asked about again by the next source.
* `replies` are asked for comments that are no replies themselves and have any; `reviews` for products that have
  any.
* `playlists` are asked for videos that belong to one.
* `shops` with `of: accounts` take the column `shop_name` of your table of accounts.
* With `max`, a list is asked for in whole pages until so many records are there.
* The parent of a reply may be missing: TikTok gives about 1,000 comments of a video, and deleted ones leave
  their replies.

## Which of them: where, top, sample

They are applied in this order, to the rows of the parent's table.

`where` is a condition in SQL, as it stands behind `WHERE`: `comment_count > 0 AND region_code = 'DE'`. Its
columns are those of the parent's table; of `accounts` they are those of your own list, all of them texts. It
compares columns with values and can use AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASE, CAST and these
functions:

{functions}

Nothing else can stand in it, such as a query, a file, or a function whose value changes from day to day. A slip
is told when the study is read, before it costs a request.

`top` takes the `k` rows that rank highest `by` a number or a time; `create_time` gives the newest. With `per`,
it takes `k` of each group: of each value of a column (`region_code`, `username`), or of each `day`, `week`
(from Monday) or `month` of `create_time`. Of equal rows, those with the higher id are taken, which are newer.

`sample` draws `k` of what is asked about: of accounts if accounts are asked about, however many videos each
has. It ranks them by a hash of `seed` and id. So the same seed draws the same on every machine, a larger `k`
keeps what a smaller one drew, and a parent that grows changes little. With `per` it draws `k` of each group.
"""


def page() -> str:
    """The whole page."""
    rows = "".join(f"| {' | '.join(_row(name, kind))} |\n" for name, kind in KINDS.items())
    return HEAD + COLUMNS + rows + TAIL.format(functions=_functions())


def _functions() -> str:
    return fill(", ".join(FUNCTIONS) + ".", 112, initial_indent="> ", subsequent_indent="> ")


def _row(name: str, kind: SourceKind) -> tuple[str, ...]:
    parents = [f"`{each}`" for each in ["accounts", "videos", *KINDS] if item_column(name, each)]
    about = ", ".join((["`names`"] if kind.takes_names else []) + parents)
    each = f"1 for {kind.page} records" if kind.row.cursor else "1"
    tables = ", ".join(f"`{table}`" for table in (kind.table, *kind.derived))
    return f"`{name}`", schema()["$defs"][name]["description"], about, each, kind.row.bucket, tables


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
