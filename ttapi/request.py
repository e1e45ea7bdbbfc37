"""A request: checked before it costs quota, and in the form that its endpoint takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ttapi.answer import as_int
from ttapi.days import is_whole, parse_date, window_problems
from ttapi.endpoints import MAX_TASK_IDS, Endpoint
from ttapi.errors import InvalidFileUpload, InvalidParams
from ttapi.query import Query
from ttapi.text import count

_IDS = ("video_id", "comment_id", "playlist_id", "shop_id", "product_id", "task_id")
_REQUIREMENTS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    **dict.fromkeys(_IDS, ("a whole number", lambda value: is_whole(str(value)))),
    "username": ("written without @", lambda value: not str(value).startswith("@")),
    "category": ("video or comment", lambda value: value in ("video", "comment")),
    **dict.fromkeys(("start_date", "end_date"), ("text of the form YYYYMMDD", parse_date)),
}
"""What a value of the body must be, in words and as a check."""


@dataclass(frozen=True)
class Request:
    """One request, ready to be sent."""

    endpoint: Endpoint
    body: dict[str, object]
    fields: tuple[str, ...]

    @property
    def path(self) -> str:
        """Path and query string of the URL."""
        query = f"?fields={','.join(self.fields)}" if "query" in self.endpoint.fields_in and self.fields else ""
        return self.endpoint.path + query

    def payload(self) -> dict[str, Any]:
        """Return the body as keyword arguments of requests."""
        if self.endpoint.sends == "form":
            return {"data": self.body}
        if self.endpoint.sends == "multipart":
            form = {key: str(value) for key, value in self.body.items() if key != "file_data"}
            return {"data": form, "files": {"file_data": ("ids.txt", str(self.body["file_data"]), "text/plain")}}
        return {"json": self.body}


def prepare(endpoint: Endpoint, body: Mapping[str, object], fields: Sequence[str] | None) -> Request:
    """Return the request of an endpoint. fields: names to request; None for all that are documented.

    Raises InvalidParams or InvalidFileUpload if the API would refuse it; nothing has been sent then.
    """
    body = dict(body)
    names = endpoint.default_fields if fields is None else tuple(fields)
    if isinstance(query := body.get("query"), Query):
        body["query"] = query.to_body()
    if "file_data" in body:
        body["file_data"] = _id_file(body["file_data"])
    if problems := list(_problems(endpoint, body, names)):
        error = InvalidFileUpload if endpoint.sends == "multipart" else InvalidParams
        raise error(f"{endpoint.name}: {' '.join(problems)} Nothing was sent")
    if "body" in endpoint.fields_in and names:
        body["fields"] = ",".join(names)
    return Request(endpoint, body, names)


def _problems(endpoint: Endpoint, body: Mapping[str, object], fields: Sequence[str]) -> Iterator[str]:
    """Yield why the API would refuse this request, one sentence per reason."""
    values = {key: value for key, value in body.items() if value not in (None, "")}
    yield from (f"{key} is missing." for key in endpoint.required if key not in values)
    if endpoint.one_of and len(values.keys() & set(endpoint.one_of)) != 1:
        yield f"Exactly one of {' and '.join(endpoint.one_of)} is required."
    known = endpoint.fields
    if unknown := [name for name in fields if name not in known]:
        available = f"Available: {', '.join(known)}" if known else "This endpoint takes no fields"
        yield f"Unknown field {', '.join(unknown)}. {available}."
    if endpoint.fields_in and not fields:
        yield "At least one field must be requested."
    page_size = body.get(endpoint.count_key)
    if page_size is not None and endpoint.max_count and not 1 <= (as_int(page_size) or 0) <= endpoint.max_count:
        yield f"{endpoint.count_key} must be 1 to {endpoint.max_count}, not {page_size}."
    yield from _value_problems(values)


def _value_problems(values: Mapping[str, object]) -> Iterator[str]:
    for key, (words, is_valid) in _REQUIREMENTS.items():
        if key in values and not is_valid(value := values[key]):
            yield f"{key} must be {words}, not " + (f'"{value}".' if isinstance(value, str) else f"{value}.")
    if "query" in values:
        try:
            yield from Query.from_body(values["query"]).problems()
        except ValueError as error:
            yield str(error)
    start, end = (parse_date(values.get(key)) for key in ("start_date", "end_date"))
    if start and end:
        yield from window_problems(start, end)
    ids = str(values.get("file_data", "")).split()
    yield from [f'"{word[:40]}" is not an id.' for word in ids if not is_whole(word)][:3]
    if len(ids) > MAX_TASK_IDS:
        yield f"{count(len(ids), 'id')} are too many for one task. The maximum is {MAX_TASK_IDS:,}."


def _id_file(ids: object) -> str:
    """Return ids as the text file that a compliance task takes: one per line."""
    if isinstance(ids, bytes):
        ids = ids.decode("utf-8-sig", "replace")
    words = ids.split() if isinstance(ids, str) else map(str, ids if isinstance(ids, Iterable) else [ids])
    return "".join(f"{word}\n" for word in words)
