"""What the searches in raw files of format 1 requested, whose lines do not state the fields."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ttdata.files import read_json
from ttdata.plan.names import canonical_query, first_round, named_fields, request_name
from ttdata.store.receipts import StoredSearch

_ENDPOINT = "video.query"

# The slices of a plan.json, by name.
Slices = Mapping[str, Mapping[str, Any]]


def search_of(name: str, request: Mapping[str, Any], slices: Slices) -> StoredSearch | None:
    """What a search requested, by the first request of its raw file or the plan of that time; None if unknown.

    slices: those of the plan that was built last, by name.
    """
    name, query = first_round(name), request.get("query")
    if query is None or "is_random" in request:
        return None
    body = {key: request[key] for key in ("query", "start_date", "end_date") if key in request}
    default = named_fields()[_ENDPOINT]
    if name == request_name(_ENDPOINT, body, default):
        start, end = (f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in (body["start_date"], body["end_date"]))
        return StoredSearch(canonical_query(query), start, end, default)
    planned = slices.get(name)
    if planned is None:
        return None
    return StoredSearch(canonical_query(query), planned["start"], planned["end"], tuple(planned["fields"]))


def slices_of(plan: Path) -> Slices:
    """The slices of a plan.json of any version, by name; none if it cannot be read."""
    try:
        return {first_round(each["name"]): each for each in read_json(plan)["slices"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
