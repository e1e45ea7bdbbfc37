"""A request, checked before it is spent and put into the form that its endpoint takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ttapi.answer import as_int
from ttapi.endpoints import MAX_TASK_IDS, Endpoint
from ttapi.errors import InvalidFileUpload, InvalidParams
from ttapi.query import Query, is_whole, parse_date, window_problems
from ttapi.text import count

_IDS = ("video_id", "comment_id", "playlist_id", "shop_id", "product_id", "task_id")
_MUST_BE: Mapping[str, tuple[str, Callable[[object], object]]] = {
    **dict.fromkeys(_IDS, ("a whole number", lambda value: is_whole(str(value)))),
    "username": ("written without @", lambda value: not str(value).startswith("@")),
    "category": ("video or comment", lambda value: value in ("video", "comment")),
    **dict.fromkeys(("start_date", "end_date"), ("a text of the form YYYYMMDD", parse_date)),
}
"""What a value of the body must be, and how that is seen."""


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
    for key, (words, is_good) in _MUST_BE.items():
        if key in given and not is_good(value := given[key]):
            yield f"{key} must be {words}, not " + (f'"{value}".' if isinstance(value, str) else f"{value}.")
    if "query" in given:
        try:
            yield from Query.from_body(given["query"]).problems()
        except ValueError as problem:
            yield str(problem)
    start, end = (parse_date(given.get(key)) for key in ("start_date", "end_date"))
    if start and end:
        yield from window_problems(start, end)
    ids = str(given.get("file_data", "")).split()
    yield from [f'"{word[:40]}" is no id.' for word in ids if not is_whole(word)][:3]
    if len(ids) > MAX_TASK_IDS:
        yield f"{count(len(ids), 'id')} are too many for one task; the most is {MAX_TASK_IDS:,}."


def _id_file(ids: object) -> str:
    """Ids as the text file that a compliance task takes: one a line."""
    if isinstance(ids, bytes):
        ids = ids.decode("utf-8-sig", "replace")
    words = ids.split() if isinstance(ids, str) else map(str, ids if isinstance(ids, Iterable) else [ids])
    return "".join(f"{word}\n" for word in words)
