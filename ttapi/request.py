"""A request, checked before it is spent and put into the form that its endpoint takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ttapi.answer import as_int
from ttapi.endpoints import MAX_TASK_IDS, Endpoint
from ttapi.errors import InvalidFileUpload, InvalidParams
from ttapi.query import Query, parse_date, window_problems


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
    if problems := problems_of(endpoint, sent, names):
        kind = InvalidFileUpload if endpoint.sends == "multipart" else InvalidParams
        raise kind(f"{endpoint.name}: {' '.join(problems)} Nothing was sent")
    if "body" in endpoint.fields_in and names:
        sent["fields"] = ",".join(names)
    return Request(endpoint, sent, names)


def problems_of(endpoint: Endpoint, body: Mapping[str, object], fields: Sequence[str]) -> list[str]:
    """Why the API would refuse this request, one sentence each; [] if it would not."""
    problems = [f"{key} is missing." for key in endpoint.required if body.get(key) in (None, "")]
    given = [key for key in endpoint.one_of if body.get(key) not in (None, "")]
    if endpoint.one_of and len(given) != 1:
        problems.append(f"Exactly one of {' and '.join(endpoint.one_of)} is needed.")
    if unknown := [name for name in fields if name not in endpoint.fields]:
        allowed = f"these are: {', '.join(endpoint.fields)}" if endpoint.fields else "this endpoint takes no fields"
        problems.append(f"{', '.join(unknown)}: no such field; {allowed}.")
    if endpoint.fields_in and not fields:
        problems.append("At least one field must be asked for.")
    count = body.get(endpoint.count_key)
    if count is not None and endpoint.max_count and not 1 <= (as_int(count) or 0) <= endpoint.max_count:
        problems.append(f"{endpoint.count_key} must be 1 to {endpoint.max_count}, not {count}.")
    return problems + [text for key, look in _LOOKS.items() if body.get(key) not in (None, "") for text in look(body)]


def _query_problems(body: Mapping[str, object]) -> list[str]:
    query = body["query"]
    if not isinstance(query, Mapping):
        return ["query must be an object with the groups and, or, not."]
    try:
        return Query.from_body(query).problems()
    except ValueError as problem:
        return [str(problem)]


def _window_problems(body: Mapping[str, object]) -> list[str]:
    dates = {key: parse_date(body.get(key)) for key in ("start_date", "end_date") if body.get(key)}
    problems = [f'{key} must be YYYYMMDD, not "{body[key]}".' for key, day in dates.items() if day is None]
    start, end = dates.get("start_date"), dates.get("end_date")
    return problems + (window_problems(start, end) if start and end else [])


def _category_problems(body: Mapping[str, object]) -> list[str]:
    category = body["category"]
    return [] if category in ("video", "comment") else [f'category must be video or comment, not "{category}".']


def _id_problems(body: Mapping[str, object]) -> list[str]:
    ids = str(body["file_data"]).split()
    odd = [f'"{word[:40]}" is no id.' for word in ids if not (word.isascii() and word.isdigit())][:3]
    return odd + ([] if len(ids) <= MAX_TASK_IDS else [f"{len(ids):,} ids are too many for one task."])


def _number_problems(body: Mapping[str, object]) -> list[str]:
    given = {key: body[key] for key in _NUMBERS if body.get(key) not in (None, "")}
    return [f'{key} must be a whole number, not "{value}".' for key, value in given.items() if as_int(value) is None]


def _name_problems(body: Mapping[str, object]) -> list[str]:
    name = body["username"]
    return [f'username must be written without @, not "{name}".'] if str(name).startswith("@") else []


_NUMBERS = ("video_id", "comment_id", "playlist_id", "shop_id", "task_id")
_LOOKS = {
    **dict.fromkeys(_NUMBERS, _number_problems),
    "username": _name_problems,
    "query": _query_problems,
    "start_date": _window_problems,
    "category": _category_problems,
    "file_data": _id_problems,
}


def _id_file(ids: object) -> str:
    """Ids as the text file that a compliance task takes: one a line."""
    if isinstance(ids, bytes):
        ids = ids.decode("utf-8-sig", "replace")
    words = ids.split() if isinstance(ids, str) else map(str, ids if isinstance(ids, Iterable) else [ids])
    return "".join(f"{word}\n" for word in words)
