"""Coding sheets: a random sample of a dataset as a CSV file for a spreadsheet, with empty columns for the codes.

The same dataset and seed give the same bytes on any machine: the order of a draw is that of the sha256 of seed and id.
A coded sheet is a file of labels as it is.
"""

import csv
import hashlib
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from ttdata.errors import Fault, StorageFault
from ttdata.files import write_atomically
from ttdata.study.labels import ID_PREFIX, ITEMS, SHOWN
from ttdata.tables.declared import quoted
from ttdata.tables.files import opened
from ttdata.text import did_you_mean

CODER = "coder"
# A spreadsheet takes a cell that begins with one of these for a formula; some do so with their wide forms, too.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001
_PERIODS = ("day", "week", "month")
_VIDEO = "'https://www.tiktok.com/@' || coalesce({0}username, '') || '/video/' || {0}id"
# What a sheet shows of an item: its id, and the columns of SHOWN, in their order.
_QUERIES = {
    "videos": f"""
        SELECT '{ID_PREFIX}' || videos.id, {_VIDEO.format("videos.")}, video_description,
               strftime(create_time, '%Y-%m-%d %H:%M:%S'), username, {{stratum}} FROM videos""",
    "comments": f"""
        SELECT '{ID_PREFIX}' || comments.id, {_VIDEO.format("v.")}, comments.text,
               strftime(comments.create_time, '%Y-%m-%d %H:%M:%S'), v.video_description, {{stratum}}
        FROM comments LEFT JOIN videos AS v ON v.id = comments.video_id""",
    # A handle such as 2e10 would become a number; the address of its profile does not.
    "users": """
        SELECT 'https://www.tiktok.com/@' || username, display_name, bio_description, {stratum}
        FROM users WHERE refused IS NULL""",
}
POPULATIONS = tuple(_QUERIES)


class Coders(NamedTuple):
    """Who codes, and the share of the items that all of them code."""

    names: tuple[str, ...] = ()
    overlap: float = 0.0


NOBODY = Coders()


@dataclass(frozen=True)
class Sheet:
    """What to draw: n items `of` a table, in proportion to the groups of `per` or equally many of each.

    codes: names of the empty columns.
    """

    of: str
    n: int
    seed: int
    per: str = ""
    is_equal: bool = False
    coders: Coders = NOBODY
    codes: tuple[str, ...] = ("code",)


@dataclass(frozen=True)
class Written:
    """What a sheet contains: its rows, and by stratum the items drawn and those that there are."""

    rows: int
    drawn: Mapping[str, tuple[int, int]]


def write_sheet(dataset: Path, sheet: Sheet, out: Path, *, delimiter: str = ",", force: bool = False) -> Written:
    """Draw a sample and write its sheet. Raises Fault; a file that exists is replaced only by force."""
    _check(sheet)
    if out.exists() and not force:
        raise StorageFault(f"{out} exists, and may have codes in it. Name another file, or replace it with --force.")
    strata = _strata(dataset, sheet)
    total = sum(map(len, strata.values()))
    if not total:
        raise Fault(f"The table {sheet.of} is empty, so there is nothing to draw.")
    drawn = draw({name: list(rows) for name, rows in strata.items()}, sheet.n, sheet.seed, is_equal=sheet.is_equal)
    shown = {row: cells for rows in strata.values() for row, cells in rows.items()}
    ordered = in_order([each for some in drawn.values() for each in some], str(sheet.seed))
    coded = assigned(ordered, sheet.coders, sheet.seed)
    write_atomically(out, _text(sheet, [(item, coder, shown[item]) for item, coder in coded], delimiter))
    return Written(len(coded), {name: (len(drawn[name]), len(strata[name])) for name in sorted(strata)})


def _check(sheet: Sheet) -> None:
    own = (ITEMS[sheet.of].name, CODER, *SHOWN[sheet.of])
    for code in sheet.codes:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", code) or code in own:
            raise Fault(f"A column cannot be called {code!r}: use lower-case letters, digits and _, such as frame.")
    for name in sheet.coders.names:
        if not re.fullmatch(r"\w[\w .-]*", name):
            raise Fault(f"A coder cannot be called {name!r}: use letters and digits, such as A or anna.")
    for names in (sheet.codes, sheet.coders.names):
        if len(set(names)) < len(names):
            raise Fault(f"A name is there twice: {','.join(names)}.")


def _strata(dataset: Path, sheet: Sheet) -> dict[str, dict[str, tuple[str | None, ...]]]:
    """What a sheet shows of all items, by stratum and id."""
    strata: dict[str, dict[str, tuple[str | None, ...]]] = {}
    with opened(dataset) as con:
        query = _QUERIES[sheet.of].format(stratum=_stratum(con, sheet))
        try:
            rows = con.execute(query).fetchall()
        except duckdb.CatalogException:
            tables = "comments and videos" if sheet.of == "comments" else sheet.of
            raise Fault(f"{dataset} has no table {tables}. Sample another table with --of.") from None
    for item, *cells, stratum in rows:
        strata.setdefault(stratum, {})[item] = tuple(cells)
    return strata


def _stratum(con: duckdb.DuckDBPyConnection, sheet: Sheet) -> str:
    """The expression of an item's stratum."""
    if not sheet.per:
        return "'all'"
    columns = [
        name
        for (name,) in con.execute(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND database_name = current_database()",
            [sheet.of],
        ).fetchall()
    ]
    if sheet.per in _PERIODS and "create_time" in columns:
        return f"coalesce(strftime(date_trunc('{sheet.per}', {sheet.of}.create_time), '%Y-%m-%d'), 'none')"
    if sheet.per not in columns:
        known = [*columns, *(_PERIODS if "create_time" in columns else ())]
        near = did_you_mean(sheet.per, known)
        raise Fault(f"The table {sheet.of} has no column {sheet.per!r} for --per.{near} Possible: {', '.join(known)}.")
    return f"coalesce({sheet.of}.{quoted(sheet.per)}::VARCHAR, 'none')"


# The sample


def draw(strata: Mapping[str, Sequence[str]], n: int, seed: int, *, is_equal: bool = False) -> dict[str, list[str]]:
    """A random sample of n ids, or of all if there are fewer, by stratum."""
    sizes = {name: len(ids) for name, ids in strata.items()}
    wanted = allocate(sizes, n, is_equal=is_equal)
    return {name: in_order(ids, str(seed))[: wanted[name]] for name, ids in strata.items()}


def allocate(sizes: Mapping[str, int], n: int, *, is_equal: bool = False) -> dict[str, int]:
    """How many of n to draw from each stratum: in proportion to its size, or equally many as far as there are.

    In proportion, each stratum gets its share, rounded down; what is left goes to the largest fractions.
    """
    total = sum(sizes.values())
    n = min(n, total)
    if is_equal:
        wanted, left = dict[str, int](), n
        for number, name in enumerate(sorted(sizes, key=lambda name: (sizes[name], name))):
            wanted[name] = min(sizes[name], left // (len(sizes) - number))
            left -= wanted[name]
        return wanted
    wanted = {name: n * size // total if total else 0 for name, size in sizes.items()}
    by_fraction = sorted(sizes, key=lambda name: (-(n * sizes[name] % max(total, 1)), name))
    for name in by_fraction[: n - sum(wanted.values())]:
        wanted[name] += 1
    return wanted


def in_order(ids: Sequence[str], seed: str) -> list[str]:
    """The ids in the random order of a seed, whatever order they are given in."""
    return sorted(ids, key=lambda each: hashlib.sha256(f"{seed}:{each}".encode()).digest())


def assigned(ids: Sequence[str], coders: Coders, seed: int) -> list[tuple[str, str]]:
    """Each id with the coder who codes it, coder by coder; without coders each id once.

    The order differs by coder, so that nobody can tell which items others code, too.
    """
    if not coders.names:
        return [(each, "") for each in ids]
    shared = math.ceil(round(len(ids) * coders.overlap, 6))
    rows = []
    for number, coder in enumerate(coders.names):
        own = [*ids[:shared], *ids[shared + number :: len(coders.names)]]
        rows += [(each, coder) for each in in_order(own, f"{seed}:{coder}")]
    return rows


# The file


def _text(sheet: Sheet, rows: Sequence[tuple[str, str, Sequence[str | None]]], delimiter: str) -> str:
    """The sheet as a spreadsheet expects it, with a byte order mark: without it, Excel does not read UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    has_coders = bool(sheet.coders.names)
    writer.writerow([ITEMS[sheet.of].name, *([CODER] if has_coders else []), *SHOWN[sheet.of], *sheet.codes])
    for item, coder, cells in rows:
        shown = [_harmless(cell or "") for cell in cells]
        writer.writerow([item, *([coder] if has_coders else []), *shown, *("" for _ in sheet.codes)])
    return "\ufeff" + file.getvalue()


def _harmless(text: str) -> str:
    """A text on one line that no spreadsheet runs as a formula."""
    line = " ".join(text.replace("\0", "").split())
    return f"'{line}" if line.startswith(_FORMULA) else line
