"""How many records each step left, as PRISMA has it: counted by the API, returned, in scope, in the dataset.

As plain text, and as an SVG that screen readers can read. Both are made from the dataset alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import duckdb

from ttdata.source_kinds import KINDS, kind_of
from ttdata.tables.stored import stored_tables

# What the API counted for each window of a search. A window that was split counts as its shorter windows. A random draw
# has no such count.
_WINDOWS = """
    WITH pages AS (
        SELECT raw, (request->'query')::VARCHAR AS query, request->>'start_date' AS first, request->>'end_date' AS last,
               cursor, records, coalesce(try_cast(request->>'is_random' AS BOOLEAN), false) AS is_random
        FROM requests
        WHERE code = 'ok' AND endpoint = 'video.query' AND raw IN (SELECT raw FROM slices WHERE source = 'videos')
    ), windows AS (
        SELECT raw, query, first, last, max(cursor) AS hits FROM pages WHERE NOT is_random GROUP BY ALL
    ), counted AS (
        SELECT hits FROM windows WHERE NOT EXISTS (
            FROM windows AS shorter
            WHERE (shorter.raw, shorter.query) = (windows.raw, windows.query)
              AND (shorter.first, shorter.last) != (windows.first, windows.last)
              AND shorter.first >= windows.first AND shorter.last <= windows.last
        )
    )
    SELECT (SELECT coalesce(sum(hits), 0)::BIGINT FROM counted),
           (SELECT coalesce(sum(records) FILTER (is_random), 0)::BIGINT FROM pages)
"""
_VIDEOS = """
    SELECT coalesce(sum(records), 0)::BIGINT, coalesce(sum(used), 0)::BIGINT, (SELECT count(*) FROM videos)
    FROM slices WHERE source = 'videos'
"""
_SOURCES = """
    WITH rows AS (
        SELECT seen.source, count(DISTINCT (item, id)) AS kept FROM seen JOIN requests USING (raw, seq)
        WHERE raw IN (SELECT raw FROM slices) GROUP BY ALL
    )
    SELECT source, sum(items)::BIGINT, sum(refused)::BIGINT, sum(records)::BIGINT, any_value(coalesce(kept, 0))
    FROM slices LEFT JOIN rows USING (source) WHERE source != 'videos' GROUP BY source ORDER BY source
"""
# What one item of a kind of source is called, by the key that names it in a request.
_ITEMS = {
    "video_id": "videos",
    "comment_id": "comments",
    "username": "accounts",
    "playlist_id": "playlists",
    "shop_name": "shop names",
    "shop_id": "shops",
    "product_id": "products",
}


@dataclass(frozen=True)
class Change:
    """Why a step has more or fewer than the one before."""

    why: str
    count: int


@dataclass(frozen=True)
class Step:
    """How many there are, and what changed since the step before."""

    name: str
    count: int
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Flow:
    """The steps of a source, whose counts follow from each other."""

    source: str
    steps: tuple[Step, ...]


def flows(con: duckdb.DuckDBPyConnection) -> tuple[Flow, ...]:
    """The flow of the videos, if the dataset has any, and of each source."""
    tables = set(stored_tables(con))
    videos = (_videos(con),) if "videos" in tables else ()
    return (*videos, *(_source(*row) for row in con.execute(_SOURCES).fetchall()))


def flow_text(some: Sequence[Flow]) -> str:
    """The flows as plain text, at most 80 columns wide."""
    return "\n\n".join("\n".join(_lines(flow)) for flow in some)


def _videos(con: duckdb.DuckDBPyConnection) -> Flow:
    ((hits, drawn),) = con.execute(_WINDOWS).fetchall()
    ((returned, used, kept),) = con.execute(_VIDEOS).fetchall()
    counted = hits + drawn
    difference = returned - counted
    why = "removed, private or withheld" if difference < 0 else "returned again by a later page"
    return Flow(
        "videos",
        (
            Step("counted by the API", counted),
            Step("returned", returned, _changes((why, difference))),
            Step("in the scope of the study", used, _changes(("outside its scope", used - returned))),
            Step("in the dataset", kept, _changes(("returned more than once", kept - used))),
        ),
    )


def _source(source: str, items: int, refused: int, records: int, kept: int) -> Flow:
    kind = KINDS[kind_of(source)]
    name = _ITEMS[kind.item_key]
    why = "returned more than once" if kept < records else "without data: a row says why"
    return Flow(
        source,
        (
            Step(f"{name} requested", items),
            Step(f"{name} disclosed", items - refused, _changes(("not disclosed by the API", -refused))),
            Step("records returned", records),
            Step("in the dataset", kept, _changes((why, kept - records))),
        ),
    )


def _changes(*some: tuple[str, int]) -> tuple[Change, ...]:
    return tuple(Change(why, number) for why, number in some if number)


def _lines(flow: Flow) -> Iterator[str]:
    yield flow.source
    for step in flow.steps:
        yield from (f"    {each.count:+14,}  {each.why}" for each in step.changes)
        yield f"  {step.count:16,}  {step.name}"


# The figure. All lengths are pixels.
_WIDTH, _BOX, _SIDE, _HEIGHT, _GAP, _MARGIN = 760, 300, 340, 40, 28, 20


def flow_svg(some: Sequence[Flow], title: str) -> str:
    """The flows as an SVG image that needs no other file. Its description has all numbers."""
    parts, top = [], _MARGIN
    for flow in some:
        parts.append(_label(_MARGIN, top + 16, flow.source, "bold"))
        top += 28
        for number, step in enumerate(flow.steps):
            parts += _step(step, top, is_first=number == 0)
            top += _HEIGHT + _GAP
    description = " ".join(_sentence(flow) for flow in some)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}" '
            'role="img" aria-labelledby="flow-title flow-desc" font-family="sans-serif" font-size="14">',
            f'<title id="flow-title">{escape(title)}</title>',
            f'<desc id="flow-desc">{escape(description)}</desc>',
            f'<rect width="{_WIDTH}" height="{top}" fill="#fff"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _step(step: Step, top: int, *, is_first: bool) -> Iterator[str]:
    middle = _MARGIN + _BOX // 2
    if not is_first:
        yield f'<path d="M{middle} {top - _GAP}V{top - 1}m-5 -7l5 7l5 -7" fill="none" stroke="#333"/>'
    yield _rectangle(_MARGIN, top, _BOX)
    yield _label(_MARGIN + 10, top + 25, f"{step.count:,} {step.name}")
    if step.changes:
        side = _WIDTH - _MARGIN - _SIDE
        yield f'<path d="M{middle} {top - _GAP // 2}H{side}" fill="none" stroke="#333"/>'
        yield _rectangle(side, top - _GAP // 2 - _HEIGHT // 2, _SIDE)
        text = "; ".join(f"{each.count:+,} {each.why}".replace("-", "\u2212", 1) for each in step.changes)
        yield _label(side + 10, top - _GAP // 2 + 5, text)


def _rectangle(left: int, top: int, width: int) -> str:
    return f'<rect x="{left}" y="{top}" width="{width}" height="{_HEIGHT}" fill="#fff" stroke="#333"/>'


def _label(left: int, baseline: int, text: str, weight: str = "normal") -> str:
    return f'<text x="{left}" y="{baseline}" font-weight="{weight}" fill="#111">{escape(text)}</text>'


def _sentence(flow: Flow) -> str:
    steps = []
    for step in flow.steps:
        changes = "".join(f" ({each.count:+,} {each.why})" for each in step.changes)
        steps.append(f"{step.count:,} {step.name}{changes}")
    return f"{flow.source}: {', '.join(steps)}."
