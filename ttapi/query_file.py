"""The file of `--query`: a query in the API's JSON form, or a whole request body that contains one."""

import json
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from ttapi import strict_json
from ttapi.answer import as_bool
from ttapi.days import parse_date
from ttapi.query import Query
from ttapi.strict_json import InvalidJson
from ttapi.text import one_line

_REQUEST_KEYS = ("query", "start_date", "end_date", "cursor", "max_count", "search_id", "is_random")


_SHOWN = 40
"""Characters of a value that an error quotes."""


class QueryFile(NamedTuple):
    """What a file requests. start and end: its dates, if it has them. is_random: whether it requests one random draw,
    and max_count of how many videos. ignored: its keys that have no effect here."""

    query: Query
    start: date | None = None
    end: date | None = None
    is_random: bool = False
    max_count: object = None
    ignored: tuple[str, ...] = ()


def read_query_file(raw: bytes) -> QueryFile:
    """Read a file that people wrote or saved. Raises ValueError, with one sentence or two that say what to do."""
    body = _json(raw)
    if not isinstance(body, Mapping):
        raise ValueError("It must contain one JSON object: a query with the groups and, or, not.")
    if "query" not in body:
        if misplaced := [key for key in _REQUEST_KEYS if key in body]:
            raise ValueError(f'It has {misplaced[0]} beside the groups of a query. Put these groups under "query".')
        return QueryFile(Query.from_body(body))
    if unknown := sorted(body.keys() - set(_REQUEST_KEYS)):
        advice = "Use --fields instead" if unknown[0] == "fields" else "Remove it"
        raise ValueError(f'It has "{one_line(unknown[0])}" beside "query". {advice}, or give only the query itself.')
    is_random = body.get("is_random")
    if is_random is not None and as_bool(is_random) is None:
        raise ValueError(f"is_random must be true or false, not {_shown(is_random)}.")
    return QueryFile(
        query=Query.from_body(body["query"]),
        start=_day("start_date", body.get("start_date")),
        end=_day("end_date", body.get("end_date")),
        is_random=as_bool(is_random) is True,
        max_count=body.get("max_count"),
        ignored=tuple(key for key in ("cursor", "search_id") if body.get(key) not in (None, "")),
    )


def date_problems(file: QueryFile, start: date | None, end: date | None) -> list[str]:
    """Return how the dates of a file differ from the options --from and --to, one sentence per date; [] if neither."""
    pairs = (("start_date", file.start, "--from", start), ("end_date", file.end, "--to", end))
    return [
        f"The {key} in the query file is {stated}, and {option} is {given}. Make them equal, or leave one of them out."
        for key, stated, option, given in pairs
        if stated and given and stated != given
    ]


def _json(raw: bytes) -> object:
    try:
        # Unlike an answer of the API, a file may be in the encoding of the editor that saved it.
        return strict_json.parse_text(raw.decode(json.detect_encoding(raw)))
    except UnicodeDecodeError:
        raise ValueError("It is neither in UTF-8 nor in another encoding of Unicode.") from None
    except InvalidJson as error:
        raise ValueError(f"It {error}.") from None


def _day(key: str, value: object) -> date | None:
    if value is None:
        return None
    if day := parse_date(value):
        return day
    raise ValueError(f"{key} must be text of the form YYYYMMDD, not {_shown(value)}.")


def _shown(value: object) -> str:
    return one_line(json.dumps(value, ensure_ascii=False)[:_SHOWN])
