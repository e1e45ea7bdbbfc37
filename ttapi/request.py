"""A request, checked before it is spent and put into the form that its endpoint takes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ttapi.answer import as_int
from ttapi.endpoints import MAX_TASK_IDS, Endpoint
from ttapi.errors import InvalidFileUpload, InvalidParams
from ttapi.query import Query, parse_date, window_problems

_NUMBERS = ("video_id", "comment_id", "playlist_id", "shop_id", "task_id")


@dataclass(frozen=True)
class Request:
    """One request, ready to send."""

    endpoint: Endpoint
    body: dict[str, object]
    fields: tuple[str, ...]

    @property
    def path(self) -> str:
        """Path and query string."""
        asked = f"?fields={','.join(self.fields)}" if "query" in self.endpoint.fields_in and self.fields else ""
        return self.endpoint.path + asked

    def payload(self) -> dict[str, Any]:
        """The body, as keyword arguments of requests."""
        if self.endpoint.sends == "form":
            return {"data": self.body}
        if self.endpoint.sends == "multipart":
            form = {key: str(value) for key, value in self.body.items() if key != "file_data"}
            return {"data": form, "files": {"file_data": ("ids.txt", str(self.body["file_data"]), "text/plain")}}
        return {"json": self.body}


def prepare(endpoint: Endpoint, body: Mapping[str, object], fields: Sequence[str] | None) -> Request:
    """Make a Request; InvalidParams or InvalidFileUpload, before anything is sent, if the API would refuse it."""
    sent = dict(body)
    names = endpoint.default_fields if fields is None else tuple(fields)
    if isinstance(query := sent.get("query"), Query):
        sent["query"] = query.to_body()
    if "file_data" in sent:
        sent["file_data"] = _id_file(sent["file_data"])
    if problems := list(_problems(endpoint, sent, names)):
        kind = InvalidFileUpload if endpoint.sends == "multipart" else InvalidParams
        raise kind(f"{endpoint.name}: {' '.join(problems)} Nothing was sent")
    if "body" in endpoint.fields_in and names:
        sent["fields"] = ",".join(names)
    return Request(endpoint, sent, names)


def _problems(endpoint: Endpoint, body: Mapping[str, object], fields: Sequence[str]) -> Iterator[str]:
    """Why the API would refuse this request, one sentence each."""
    given = {key: value for key, value in body.items() if value not in (None, "")}
    yield from (f"{key} is missing." for key in endpoint.required if key not in given)
    if endpoint.one_of and len(given.keys() & set(endpoint.one_of)) != 1:
        yield f"Exactly one of {' and '.join(endpoint.one_of)} is needed."
    if unknown := [name for name in fields if name not in endpoint.fields]:
        allowed = f"these are: {', '.join(endpoint.fields)}" if endpoint.fields else "this endpoint takes no fields"
        yield f"{', '.join(unknown)}: no such field; {allowed}."
    if endpoint.fields_in and not fields:
        yield "At least one field must be asked for."
    count = body.get(endpoint.count_key)
    if count is not None and endpoint.max_count and not 1 <= (as_int(count) or 0) <= endpoint.max_count:
        yield f"{endpoint.count_key} must be 1 to {endpoint.max_count}, not {count}."
    yield from _value_problems(given)


def _value_problems(given: Mapping[str, object]) -> Iterator[str]:
    for key in _NUMBERS:
        if key in given and as_int(given[key]) is None:
            yield f'{key} must be a whole number, not "{given[key]}".'
    if str(given.get("username", "")).startswith("@"):
        yield f'username must be written without @, not "{given["username"]}".'
    if given.get("category", "video") not in ("video", "comment"):
        yield f'category must be video or comment, not "{given["category"]}".'
    if "query" in given:
        yield from _query_problems(given["query"])
    dates = {key: parse_date(given[key]) for key in ("start_date", "end_date") if key in given}
    yield from (f'{key} must be YYYYMMDD, not "{given[key]}".' for key, day in dates.items() if day is None)
    start, end = dates.get("start_date"), dates.get("end_date")
    if start and end:
        yield from window_problems(start, end)
    ids = str(given.get("file_data", "")).split()
    yield from [f'"{word[:40]}" is no id.' for word in ids if not (word.isascii() and word.isdigit())][:3]
    if len(ids) > MAX_TASK_IDS:
        yield f"{len(ids):,} ids are too many for one task."


def _query_problems(query: object) -> list[str]:
    if not isinstance(query, Mapping):
        return ["query must be an object with the groups and, or, not."]
    try:
        return Query.from_body(query).problems()
    except ValueError as problem:
        return [str(problem)]


def _id_file(ids: object) -> str:
    """Ids as the text file that a compliance task takes: one a line."""
    if isinstance(ids, bytes):
        ids = ids.decode("utf-8-sig", "replace")
    words = ids.split() if isinstance(ids, str) else map(str, ids if isinstance(ids, Iterable) else [ids])
    return "".join(f"{word}\n" for word in words)
