"""The answers of the server against the OpenAPI document, and the document against the server's tables."""

from importlib.resources import files
from random import Random
from typing import Any

import jsonschema
import pytest
import requests
import schemathesis
import yaml

from mockserver.behaviours.refusals import RULES
from mockserver.endpoints.addresses import TOKEN_PATH
from mockserver.endpoints.table import BY_NAME, BY_PATH
from mockserver.search.query import CONDITION_FIELDS, OPERATIONS
from tests.mockserver.conftest import Api, where
from tests.mockserver.endpoints.test_own_rows import ANN, PLAYLISTS, SHOPS, THIRD, TOURS, set_rows

DOCUMENT: dict[str, Any] = yaml.safe_load(files("mockserver.admin").joinpath("openapi.yaml").read_text("utf-8"))


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


@pytest.mark.parametrize("name", [name for name, row in BY_NAME.items() if row.fields])
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


def body_schema(name: str) -> dict[str, Any]:
    return resolved(resolved(operation(name)["requestBody"])["content"]["application/json"]["schema"])


def path_of(name: str) -> str:
    return BY_NAME[name].path.removeprefix("/v2/research/").strip("/")


def good_body(api: Api, name: str) -> dict[str, Any]:
    """A body with the required parameters of an endpoint, as the document lists them, and the page sizes."""
    schema = body_schema(name)
    required = schema.get("required") or schema["oneOf"][0]["required"]
    sizes = {"max_count", "page_start", "page_size"} & set(schema["properties"])
    values = parameter_values(api)
    return {name: values[name] for name in [*required, *sizes]}


JSON_ENDPOINTS = [name for name in BY_NAME if not name.startswith("compliance")]


@pytest.mark.parametrize("name", JSON_ENDPOINTS)
def test_a_good_answer_with_all_fields_matches_the_document(api: Api, name: str) -> None:
    endpoint = BY_NAME[name]
    answer = api.post(path_of(name), good_body(api, name), ",".join(endpoint.fields))
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data.get(endpoint.list_key) if endpoint.list_key else data
    check(operation(name)["responses"]["200"]["content"]["application/json"]["schema"], answer.json())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 10))
def test_answers_of_many_worlds_with_some_of_the_fields_match_the_document(inside: Api, seed: int) -> None:
    inside.key = f"mock:seed={seed},videos=5000"
    draw = Random(seed)
    for name in JSON_ENDPOINTS:
        endpoint, body = BY_NAME[name], good_body(inside, name)
        for _ in range(3):
            fields = draw.sample(endpoint.fields, draw.randint(1, len(endpoint.fields))) if endpoint.fields else []
            answer = inside.post(path_of(name), body, ",".join(fields))
            assert answer.status_code == 200 or "information cannot be returned" in answer.text, answer.text
            response = resolved(operation(name)["responses"][str(answer.status_code)])
            check(response["content"]["application/json"]["schema"], answer.json())


def test_answers_from_your_own_rows_match_the_document(inside: Api) -> None:
    set_rows(inside, ANN)
    ann = {"username": "ann_of_the_test"}
    dates = {"start_date": "20260301", "end_date": "20260305"}
    bodies = {name: ann for name in JSON_ENDPOINTS if name.startswith("user.")} | {
        "video.query": inside.search(where("username", "EQ", "ann_of_the_test"), **dates),
        "video.comments": {"video_id": THIRD},
    }
    check_answers(inside, bodies)
    set_rows(inside, PLAYLISTS)
    check_answers(inside, {"playlist.info": {"playlist_id": TOURS}})
    set_rows(inside, SHOPS)
    (shop, _) = inside.data("tts/shop", {"shop_name": "of the test"}, "shop_id")["shop_data"]
    (product, _) = inside.data("tts/product", shop, "product_id")["product_data"]
    check_answers(inside, {"shop.info": {"shop_name": "of the test"}, "shop.products": shop, "shop.reviews": product})


def check_answers(api: Api, bodies: dict[str, dict[str, Any]]) -> None:
    """Each body with all fields of its endpoint."""
    for name, body in bodies.items():
        answer = api.data(path_of(name), body, ",".join(BY_NAME[name].fields))
        schema = operation(name)["responses"]["200"]["content"]["application/json"]["schema"]
        error = {"code": "ok", "message": "", "log_id": "202606011200001A52D7C49A8315E7E259"}
        check(schema, {"data": answer, "error": error})


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
