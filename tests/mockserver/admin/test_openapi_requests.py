"""Requests of the OpenAPI document are those that the server accepts, and no others."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import jsonschema
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from mockserver.adapters.threads import InThread
from mockserver.admin.sample import sample
from mockserver.core import Core
from mockserver.endpoints.addresses import TOKEN_PATH
from mockserver.endpoints.table import BY_NAME, BY_PATH
from mockserver.search import shops
from mockserver.search.parameters import LARGEST
from mockserver.tenants.options import Options
from mockserver.world.times import EPOCH
from tests.mockserver.admin.test_openapi import (
    DOCUMENT,
    JSON_ENDPOINTS,
    body_schema,
    check,
    documented_fields,
    good_body,
    path_of,
    resolved,
)
from tests.mockserver.conftest import Api, where

SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
VIDEOS = 5_000
KEY = "mock:quota=100000000,follow_quota=100000000,token_status=400"
CHECKS = [
    *(not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance),
    *(unsupported_method, negative_data_rejection),
]


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """How to call a server: its URL, one connection, and the headers of an approved client with a very large quota.

    It refuses tokens with status 400, since a check of the status cannot know that 200 may be a refusal.
    """
    with InThread(Core(defaults=Options(videos=VIDEOS, token_status=400))) as mock:
        form = {"client_key": KEY, "client_secret": mock.client_secret, "grant_type": "client_credentials"}
        token = requests.post(f"{mock.url}/v2/oauth/token/", data=form, timeout=10).json()["access_token"]
        with requests.Session() as session:
            headers = {"Authorization": f"Bearer {token}"}
            yield {"base_url": mock.url, "session": session, "headers": headers, "timeout": 5}


# What the document does not describe is refused


def _has_id_below_one(case: schemathesis.Case) -> bool:
    ids = [case.body.get(name) for name in ("video_id", "comment_id")] if isinstance(case.body, dict) else []
    return any(isinstance(each, int) and each < 1 for each in ids)


def _has_valid_body_and_fields(case: schemathesis.Case) -> bool:
    name = BY_PATH[case.path].name if case.path in BY_PATH else ""
    fields = (case.query or {}).get("fields") or []
    names = fields.split(",") if isinstance(fields, str) else fields
    if name not in JSON_ENDPOINTS or not isinstance(names, list) or not set(map(str, names)) <= documented_fields(name):
        return False
    body = case.body if isinstance(case.body, dict) else {}
    body = {each: value for each, value in body.items() if each != "fields" or not names}
    return bool(names or not BY_NAME[name].fields_required) and matches(body_schema(name), body)


# What the server accepts all the same, and why.
INTENDED: Mapping[str, Callable[[schemathesis.Case], bool]] = {
    "nothing has such an id, and the comments of an unknown video are an empty list": _has_id_below_one,
    "fields of the body are not read if the query string has them; unknown parameters of it are ignored, and a token "
    "that is left out is added": _has_valid_body_and_fields,
}


@pytest.mark.slow
@SCHEMA.parametrize()
@settings(max_examples=40, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_of_the_document_gets_an_answer_of_the_document_and_every_other_is_refused(
    case: schemathesis.Case, served: dict[str, Any]
) -> None:
    response = case.call(**served)
    checks = [each for each in CHECKS if each is not negative_data_rejection or not is_intended(case)]
    case.validate_response(response, checks=checks, headers=served["headers"])


def is_intended(case: schemathesis.Case) -> bool:
    return any(applies(case) for applies in INTENDED.values())


def matches(schema: dict[str, Any], content: Any) -> bool:
    try:
        check(schema, content)
    except jsonschema.ValidationError:
        return False
    return True


@pytest.mark.slow
@SCHEMA.exclude(path=TOKEN_PATH).parametrize()
@settings(max_examples=3, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_endpoint_requires_a_token(case: schemathesis.Case, served: dict[str, Any]) -> None:
    response = case.call(**served)
    case.validate_response(response, checks=[ignored_auth])


# What the document describes is accepted. A schema cannot say which ids, names and files exist, nor which dates and
# conditions belong together: the generator is narrowed to such.

_SAMPLE = sample(1, VIDEOS, EPOCH)
_SHOP = int(str(shops.shop_record(0)["shop_id"]))
_PRODUCT = int(str(shops.product_record(0)["product_id"]))


def _one_of(*values: object) -> dict[str, Any]:
    return {"enum": list(values)}


def _number(value: object) -> dict[str, Any]:
    return _one_of(value, str(value))


def _condition(name: str, operations: tuple[str, ...], *values: object) -> dict[str, Any]:
    """A condition with one value; with IN, with several."""
    count = {"minItems": 1, "maxItems": 1 if operations != ("IN",) else 3}
    properties = {
        "field_name": {"const": name},
        "operation": _one_of(*operations),
        "field_values": {"type": "array", "items": _one_of(*values), **count},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


_ORDERED = ("EQ", "GT", "GTE", "LT", "LTE")
_CONDITIONS = [
    _condition(name, operations, *values)
    for name, values, is_ordered in (
        ("create_date", ("20250131", 20250229 - 1), True),
        ("view_count", (0, "1000", 10**18), True),
        ("comment_count", ("0", 5), True),
        ("username", ("somebody", "@a.b_c"), False),
        ("region_code", ("US", "de"), False),
        ("video_id", (5, "7612769577984003418"), False),
        ("hashtag_name", ("klima", "#Klima", 2025), False),
        ("keyword", ("climate change", ""), False),
        ("music_id", ("5", 5), False),
        ("effect_id", ("5", 5), False),
        ("video_length", ("SHORT", "extra_long"), False),
    )
    for operations in (_ORDERED if is_ordered else ("EQ",), ("IN",))
]
_NARROW: Mapping[str, dict[str, Any]] = {
    "username": _one_of(_SAMPLE["username"], f"@{_SAMPLE['username']}", "mock_empty"),
    "shop_name": _one_of("shop", "no such shop", 5),
    "video_id": _number(_SAMPLE["video_id"]),
    "comment_id": _number(7612769577984003418),
    "playlist_id": _number(_SAMPLE["playlist_id"]),
    "shop_id": _number(_SHOP),
    "product_id": _number(_PRODUCT),
    "start_date": _number(_SAMPLE["start_date"]),
    "end_date": _number(_SAMPLE["end_date"]),
    "cursor": _one_of(0, "0", "00", None, ""),
    "page_start": _one_of(1, 2, "1", "2", LARGEST, None, ""),
    "search_id": _one_of(None, ""),
    "fields": _one_of(None, ""),
}


def narrowed(part: Any) -> Any:
    """The document with a narrower schema for the parameters of bodies that are in `_NARROW`."""
    if isinstance(part, list):
        return [narrowed(each) for each in part]
    if not isinstance(part, dict):
        return part
    part = {name: narrowed(each) for name, each in part.items()}
    if isinstance(properties := part.get("properties"), dict):
        no_value = {"$ref": "#/components/schemas/NoValue"}
        changed = {name: _NARROW[name] for name in properties if name in _NARROW and properties[name] != no_value}
        part["properties"] = properties | changed
    return part


def _narrowed_document() -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    excluded = {TOKEN_PATH, *(path for path, endpoint in BY_PATH.items() if endpoint.name.startswith("compliance"))}
    for path in excluded:
        del document["paths"][path]
    bodies = [operation["post"]["requestBody"] for operation in document["paths"].values()]
    for body in [*bodies, *document["components"]["requestBodies"].values()]:
        body |= narrowed(body)
    schemas = document["components"]["schemas"]
    schemas["VideoQuery"] = narrowed(schemas["VideoQuery"])
    schemas["Condition"] = {"oneOf": _CONDITIONS}
    return document


NARROWED = schemathesis.openapi.from_dict(_narrowed_document())
NARROWED.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE])


@pytest.mark.slow
@NARROWED.parametrize()
@settings(max_examples=40, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_of_the_document_with_names_that_exist_is_accepted(
    case: schemathesis.Case, served: dict[str, Any]
) -> None:
    response = case.call(**served)
    case.validate_response(response, checks=[positive_data_acceptance], headers=served["headers"])
    check(body_schema(BY_PATH[case.path].name), case.body)  # narrower, not different


# What clients are known to send is accepted by the document and by the server

_KLIMA = where("hashtag_name", "EQ", "klima")
ACCEPTED: Mapping[str, tuple[object, ...]] = {
    "max_count": (1, 100, 20.0, "20", "020", None, ""),
    "cursor": (0, "0", None, ""),
    "limit": (1, 10, "10", None, ""),
    "page_size": (1, 10, "10", None, ""),
    "page_start": (1, "1", None, ""),
    "fields": ("", None),
    "username": ("mock_empty", "@mock_empty"),
    "search_id": (None, ""),
    "is_random": (True, False, "true", "False", None, ""),
    "start_date": ("20250131", 20250131),
    "query": (
        {"and": [_KLIMA], "or": [], "not": []},
        {"and": None, "or": [_KLIMA], "not": None},
        {"not": [_KLIMA | {"field_name": "view_count", "field_values": [10]}]},
    ),
}
IDS = ("video_id", "comment_id", "playlist_id", "shop_id", "product_id")  # each as a number and as text


def accepted_bodies(api: Api, name: str) -> Iterator[dict[str, Any]]:
    good = good_body(api, name)
    dates = {"start_date": "20250131", "end_date": "20250131"} if name == "video.query" else {}
    for parameter in body_schema(name)["properties"]:
        for value in ACCEPTED.get(parameter, ()):
            yield good | dates | {parameter: value}
    for parameter in IDS:
        if parameter in good:
            yield good | {parameter: str(good[parameter])}
    if name == "video.comments":
        for nothing in (None, ""):
            yield good | {"comment_id": nothing}
            yield {"comment_id": "7612769577984003418", "video_id": nothing}


@pytest.mark.parametrize("name", JSON_ENDPOINTS)
def test_what_clients_are_known_to_send_is_accepted_by_the_document_and_the_server(inside: Api, name: str) -> None:
    bodies = list(accepted_bodies(inside, name))
    assert bodies
    for body in bodies:
        check(body_schema(name), body)
        inside.data(path_of(name), body, ",".join(BY_NAME[name].fields))


@pytest.mark.parametrize("name", JSON_ENDPOINTS)
def test_the_examples_of_the_document_are_accepted(inside: Api, name: str) -> None:
    content = resolved(DOCUMENT["paths"][BY_NAME[name].path]["post"]["requestBody"])["content"]["application/json"]
    for example in content.get("examples", {}).values():
        check(content["schema"], example["value"])
        inside.data(path_of(name), example["value"], ",".join(BY_NAME[name].fields))
