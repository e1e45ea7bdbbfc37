"""The server against the OpenAPI document, and the document against the server's tables."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from mockserver.adapters.threads import InThread
from mockserver.behaviours.refusals import RULES
from mockserver.core import Core
from mockserver.endpoints.addresses import TOKEN_PATH
from mockserver.endpoints.table import BY_NAME, BY_PATH
from mockserver.search.query import CONDITION_FIELDS, OPERATIONS
from mockserver.tenants.options import Options
from tests.mockserver.conftest import Api, where

DOCUMENT: dict[str, Any] = yaml.safe_load(files("mockserver.admin").joinpath("openapi.yaml").read_text("utf-8"))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
KEY = "mock:quota=100000000,follow_quota=100000000"


def operation(name: str) -> dict[str, Any]:
    description: dict[str, Any] = DOCUMENT["paths"][BY_NAME[name].path]["post"]
    return description


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    for name in part["$ref"].removeprefix("#/").split("/"):
        part = part[name] if name in part else DOCUMENT[name]
    return part


def check(schema: dict[str, Any], content: Any) -> None:
    """Raise ValidationError unless the content matches a schema of the document."""
    jsonschema.Draft202012Validator({"components": DOCUMENT["components"]} | schema).validate(content)


def documented_fields(name: str) -> set[str]:
    parameters = [resolved(parameter) for parameter in operation(name).get("parameters", [])]
    return {field for parameter in parameters for field in parameter["schema"]["items"]["enum"]}


# The document against the tables


def test_the_document_is_valid_openapi_and_is_served_as_json(api: Api) -> None:
    answer = requests.get(api.mock.url + "/__mock__/openapi.json", timeout=10)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json() == DOCUMENT
    schemathesis.openapi.from_dict(answer.json()).validate()


def test_the_document_describes_exactly_the_endpoints_with_name_path_and_source() -> None:
    assert set(DOCUMENT["paths"]) == set(BY_PATH) | {TOKEN_PATH}
    for endpoint in BY_NAME.values():
        assert operation(endpoint.name)["operationId"] == endpoint.name
        assert operation(endpoint.name)["externalDocs"]["url"] == f"https://{endpoint.source}"


@pytest.mark.parametrize("name", [name for name, row in BY_NAME.items() if row.fields_required])
def test_the_server_accepts_exactly_the_fields_of_the_document(name: str) -> None:
    assert set(BY_NAME[name].fields) == documented_fields(name)


def test_the_query_language_and_the_error_codes_match_the_document() -> None:
    condition = DOCUMENT["components"]["schemas"]["Condition"]["properties"]
    assert set(condition["field_name"]["enum"]) == set(CONDITION_FIELDS)
    assert set(condition["operation"]["enum"]) == set(OPERATIONS)
    codes = DOCUMENT["components"]["schemas"]["Refusal"]["properties"]["error"]["properties"]["code"]["enum"]
    assert {rule.code for rule in RULES.values()} == set(codes)


# Answers against the document


def parameter_values(api: Api) -> dict[str, Any]:
    """A value for each parameter. Every endpoint with this parameter finds something for it."""
    shop = api.data("tts/shop", {"shop_name": api.sample["shop_name"], "fields": "shop_id"})["shop_data"][0]
    page = {"page_start": 1, "page_size": 10}
    product = api.data("tts/product", shop | page | {"fields": "product_id"})["product_data"][0]
    search = api.search(where("view_count", "GTE", "0"))
    return {name: api.sample[name] for name in ("username", "video_id", "playlist_id", "shop_name")} | (
        search | shop | product | page
    )


def good_body(api: Api, name: str) -> dict[str, Any]:
    """A body with the required parameters of an endpoint, as the document lists them, and the page sizes."""
    schema = resolved(operation(name)["requestBody"])["content"]["application/json"]["schema"]
    schema = resolved(schema)
    required = schema.get("required") or schema["oneOf"][0]["required"]
    sizes = {"max_count", "page_start", "page_size"} & set(schema["properties"])
    values = parameter_values(api)
    return {name: values[name] for name in [*required, *sizes]}


@pytest.mark.parametrize("name", [name for name in BY_NAME if not name.startswith("compliance")])
def test_a_good_answer_with_all_fields_matches_the_document(api: Api, name: str) -> None:
    endpoint = BY_NAME[name]
    answer = api.post(
        endpoint.path.removeprefix("/v2/research/").strip("/"), good_body(api, name), ",".join(endpoint.fields)
    )
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data.get(endpoint.list_key) if endpoint.list_key else data
    check(operation(name)["responses"]["200"]["content"]["application/json"]["schema"], answer.json())


def test_a_compliance_task_is_answered_as_the_document_says(api: Api) -> None:
    ids = f"{api.sample['video_id']}\n"
    url = f"{api.mock.url}{BY_NAME['compliance.create'].path}"
    created = requests.post(
        url,
        files={"file_data": ("ids.txt", ids)},
        data={"category": "video"},
        headers={"Authorization": f"Bearer {api.token}"},
        timeout=10,
    ).json()
    check(operation("compliance.create")["responses"]["200"]["content"]["application/json"]["schema"], created)
    status = api.post("validation_task_status/get", created["data"]).json()
    check(operation("compliance.status")["responses"]["200"]["content"]["application/json"]["schema"], status)


@pytest.mark.parametrize(
    "form", [{}, {"client_secret": "wrong"}, {"grant_type": "password"}, {"client_key": "mock:no=1"}]
)
def test_the_token_endpoint_answers_as_the_document_says(api: Api, form: dict[str, str]) -> None:
    key = form.pop("client_key", None)
    answer = api.token_answer(key, **form)
    token = DOCUMENT["paths"][TOKEN_PATH]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    check(token, answer.json())


# Requests that schemathesis makes from the document


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """How to call a server: its URL, one connection, and the headers of an approved client with a very large quota."""
    with InThread(Core(defaults=Options(videos=5_000))) as mock:
        form = {"client_key": KEY, "client_secret": mock.client_secret, "grant_type": "client_credentials"}
        token = requests.post(f"{mock.url}/v2/oauth/token/", data=form, timeout=10).json()["access_token"]
        with requests.Session() as session:
            headers = {"Authorization": f"Bearer {token}"}
            yield {"base_url": mock.url, "session": session, "headers": headers, "timeout": 5}


@SCHEMA.parametrize()
@settings(max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_of_the_document_gets_an_answer_of_the_document(
    case: schemathesis.Case, served: dict[str, Any]
) -> None:
    response = case.call(**served)
    case.validate_response(response, checks=CHECKS, headers=served["headers"])


@SCHEMA.exclude(path=TOKEN_PATH).parametrize()
@settings(max_examples=3, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_endpoint_requires_a_token(case: schemathesis.Case, served: dict[str, Any]) -> None:
    response = case.call(**served)
    case.validate_response(response, checks=[ignored_auth])
