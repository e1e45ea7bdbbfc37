"""Who disappeared: what a refresh found gone, by stratum, in counts of which none is about few records.

Deletion is not random: erasing what is gone changes the sample. This report is made before anything is erased.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import duckdb

from ttdata.comply.subjects import Category, tables_in
from ttdata.tables.files import opened

# Dimensions of which each record is in one stratum: there, what is hidden must not follow from the total.
_DISJOINT = {"month", "region", "followers of the author", "region of the video", "followers"}
# What `loss.sql` reads of tables that a dataset may lack.
_EMPTY = {
    "videos": "id BIGINT, create_time TIMESTAMP, region_code VARCHAR, username VARCHAR",
    "videos_gone": "id BIGINT, create_time TIMESTAMP, region_code VARCHAR, username VARCHAR",
    "user_video_links": "video_id BIGINT, create_time TIMESTAMP, region_code VARCHAR, posted_by VARCHAR",
    "users": "username VARCHAR, follower_count BIGINT",
    "comments": "id BIGINT, video_id BIGINT, create_time TIMESTAMP",
    "video_terms": "video_id BIGINT, field VARCHAR, term VARCHAR",
    "seen": "source VARCHAR, id VARCHAR",
}


@dataclass(frozen=True)
class Cell:
    """One stratum. checked and gone are None if the cell is about too few records."""

    category: Category
    dimension: str
    stratum: str
    checked: int | None
    gone: int | None


def losses(
    dataset: Path, ids: Mapping[Category, Sequence[str]], gone: Mapping[Category, Collection[str]], k: int
) -> list[Cell]:
    """The cells of a dataset, those about fewer than k records hidden."""
    rows = [(category, each, each in gone[category]) for category, some in ids.items() for each in some]
    with opened(dataset) as con:
        present = tables_in(con)
        for table in _EMPTY.keys() - present:
            con.execute(f"CREATE TEMP TABLE {table} ({_EMPTY[table]})")
        columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
        con.execute(
            "CREATE TEMP TABLE checked AS SELECT unnest(?::VARCHAR[]) AS category, unnest(?::VARCHAR[]) AS id, "
            "unnest(?::BOOLEAN[]) AS gone",
            columns,
        )
        con.execute(files(__package__).joinpath("loss.sql").read_text("utf-8"))
        cells = suppressed(_cells(con), k)
    # Where there is one stratum only, it is the total.
    strata = Counter((cell.category, cell.dimension) for cell in cells)
    return [cell for cell in cells if strata[cell.category, cell.dimension] > 1]


def _cells(con: duckdb.DuckDBPyConnection) -> list[Cell]:
    found = con.execute(
        "SELECT category, dimension, coalesce(stratum, 'unknown') AS name, count(*), count_if(gone)::BIGINT "
        "FROM strata_of GROUP BY category, dimension, name "
        "ORDER BY list_position(['video', 'comment', 'user'], category), dimension, name"
    )
    return [Cell(*row) for row in found.fetchall()]


def suppressed(cells: Iterable[Cell], k: int) -> list[Cell]:
    """The cells, without the counts of those about few records, and of others from which these would follow."""
    result = []
    for _, of_category in groupby(cells, key=lambda each: each.category):
        groups = [list(some) for _, some in groupby(of_category, key=lambda each: each.dimension)]
        whole = next((_sum(some) for some in groups if some[0].dimension in _DISJOINT), None)
        for some in groups:
            hidden = {cell for cell in some if not _is_shown(cell, k)}
            if some[0].dimension in _DISJOINT:
                hidden |= _complement([cell for cell in some if cell not in hidden], hidden, k)
            elif whole:  # what is not in a stratum follows from the total, too
                hidden |= {cell for cell in some if not _is_shown(_rest(whole, cell), k, if_empty=True)}
            result += [replace(each, checked=None, gone=None) if each in hidden else each for each in some]
    return result


def _is_shown(cell: Cell, k: int, *, if_empty: bool = False) -> bool:
    checked, gone = cell.checked or 0, cell.gone or 0
    if not checked:
        return if_empty
    return checked >= k and not 0 < gone < k and not 0 < checked - gone < k


def _sum(cells: Iterable[Cell]) -> Cell:
    """The cells of one category together."""
    some = list(cells)
    checked, gone = (sum(getattr(cell, name) or 0 for cell in some) for name in ("checked", "gone"))
    return Cell(some[0].category, "all", "", checked, gone)


def _rest(whole: Cell, cell: Cell) -> Cell:
    return replace(whole, checked=(whole.checked or 0) - (cell.checked or 0), gone=(whole.gone or 0) - (cell.gone or 0))


def _complement(shown: list[Cell], hidden: Collection[Cell], k: int) -> set[Cell]:
    """The cells to hide as well: the total minus what is shown must not be about few records either."""
    more: set[Cell] = set()
    by_size = sorted(shown, key=lambda cell: (cell.checked or 0, cell.stratum))
    while hidden and by_size:
        together = [*hidden, *more]
        if len(together) > 1 and _is_shown(_sum(together), k):
            break
        more.add(by_size.pop(0))
    return more
