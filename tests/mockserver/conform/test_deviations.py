"""Servers that deviate in a known way: exactly that is found, and nothing else."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver import InProcess
from mockserver.behaviours.quirks import QUIRKS
from mockserver.conform.destination import Credentials
from mockserver.conform.probes import PROBES
from mockserver.conform.report import report_of
from mockserver.conform.requests import GROUPS, MOST
from mockserver.conform.run import Run
from mockserver.conform.store import Store
from mockserver.core import Core
from mockserver.messages import Request, Response
from mockserver.tenants.options import SECRET, Options
from tests.mockserver.conform.conftest import Compare, Comparison, Edit, EditedCore

# Switches of the mock, and what they contradict if that is not the quirk alone.
# An answer without empty groups is what both of these are about.
SWITCHES: dict[str, set[str]] = {
    **{f"quirks={name}": {f"quirk {name}"} for name in QUIRKS},
    "quirks=empty-groups": {"quirk empty-groups", "loose-groups"},
    "json_only": {"form-body"},
    "lacks=voice_to_text": {"scope-fields"},
    "rate=5": {"quirk short-rate-limit"},
    "unapproved": set(),
    "search_ttl=0": set(),
    "loose": set(),
}
# Quirks that a comparison does not look at: the API documents or recorded them, or the reason is in not_asked.yaml.
NOT_LOOKED_AT = {
    *("sparse", "null-bytes", "reposted-key", "region-lower-case", "slow-comments"),
    *("follower-cap", "one-in-eight-missing", "late-reset"),
}
SWITCHES |= {f"quirks={name}": set() for name in NOT_LOOKED_AT}
BY_CHANCE = {"quirks=few-usernames": ",run=2"}  # a run in which it happens
SLOW = "quirks=slow-comments"  # waits for seconds


@pytest.mark.parametrize("switch", [name for name in SWITCHES if name != SLOW])
def test_a_switch_is_found_and_nothing_else(compare: Compare, switch: str) -> None:
    key = f"mock:{switch}{BY_CHANCE.get(switch, '')}"
    comparison = compare(key, shows_likes=switch in ("quirks=lists-hidden", "quirks=liked-seconds"))
    assert comparison.names("contradicted") == SWITCHES[switch]
    assert comparison.sent <= MOST


@pytest.mark.parametrize("shows_likes", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_mock_without_switches_contradicts_nothing(compare: Compare, shows_likes: bool, seed: int) -> None:
    comparison = compare(core=Core(defaults=Options(seed=seed)), shows_likes=shows_likes)
    assert comparison.names("contradicted") == set()
    assert len(comparison.names("confirmed")) > 60


@pytest.mark.parametrize("seed", range(8))
def test_a_server_with_several_deviations_contradicts_nothing_else(compare: Compare, seed: int) -> None:
    names = [name for name in QUIRKS if f"quirks={name}" != SLOW]
    planted = random.Random(seed).sample(names, 3)
    comparison = compare(f"mock:quirks={'+'.join(planted)},seed={seed}", Core(defaults=Options(seed=seed)))
    assert comparison.names("contradicted") <= {name for each in planted for name in SWITCHES[f"quirks={each}"]}


def missing_author(request: Request, response: Response) -> Response:
    """The account with the most watched video cannot be found any more, as reported of some authors."""
    if "/research/user/" not in request.path or MISSING not in request.body.decode():
        return response
    return refused(message=f"`username: {MISSING}` is invalid: cannot find the user")


MISSING = "davidmusic1"  # in the world of seed 1


def test_an_account_that_cannot_be_found_contradicts_nothing(compare: Compare) -> None:
    comparison = compare(core=EditedCore(missing_author))
    assert comparison.answers.attempts("user")[0].status == 400
    assert comparison.names("contradicted") == set()
    assert {"refusal fields-missing", "unknown-keys"} <= comparison.names("confirmed")


@pytest.mark.parametrize("scenario", ["flaky", "bursts", "outage"])
def test_errors_that_come_by_chance_contradict_no_other_behaviour(compare: Compare, scenario: str) -> None:
    comparison = compare(f"mock:scenario={scenario}")
    assert comparison.names("contradicted") <= {"quirk mostly-down"}


# Deviations that no switch makes


def body_of(request: Request) -> Any:
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return {}


def refused(status: int = 400, code: str = "invalid_params", message: str = "No.") -> Response:
    content = {"error": {"code": code, "message": message, "log_id": "1"}}
    return Response(status, orjson.dumps(content), {"Content-Type": "application/json"})


NOT_FOUND = Response(404, b"<html></html>", {"Content-Type": "text/html"})


def at(path: str, applies: Callable[[Any], bool], instead: Response) -> Edit:
    """Answers some requests to a path with something else."""
    return lambda request, response: (
        instead if path in request.path and applies(body_of(request) or request.body.decode()) else response
    )


def rule(name: str, status: int = 409) -> Edit:
    """Refuses with another status what a rule refuses."""
    return lambda _, response: (
        replace(response, status=status)
        if response.headers.get("X-Mock-Reason", "").startswith(name + ";")
        else response
    )


def data(path: str, change: Callable[[dict[str, Any]], object], applies: Callable[[Any], bool] = bool) -> Edit:
    """Changes the content of some good answers."""

    def edit(request: Request, response: Response) -> Response:
        if path not in request.path or response.status != 200 or not applies(body_of(request)):
            return response
        content = orjson.loads(response.body)
        change(content)
        return replace(response, body=orjson.dumps(content))

    return edit


def set_regions(content: dict[str, Any]) -> None:
    for video in content["data"]["videos"]:
        video["region_code"] = "US"


def set_captions(content: dict[str, Any]) -> None:
    for video in content["data"]["videos"]:
        video["video_description"] = "something else"


def has_id_as_text(body: Any) -> bool:
    return isinstance(body["video_id"], str) and body["video_id"].isdigit()


def has_sign(body: Any) -> bool:
    return isinstance(body, dict) and "#fyp" in str(body.get("query"))


def without_sign_support(request: Request, response: Response) -> Response:
    if not has_sign(body := body_of(request)):
        return response
    if body.get("cursor"):
        return refused(message="Invalid count or cursor")
    return replace(response, body=b'{"data": {"videos": [], "cursor": 0, "has_more": false}, "error": {"code": "ok"}}')


RULES = (
    *("not-json", "parameter", "fields-missing", "query-one-value", "query-value", "dates", "not-found", "method"),
    "list-hidden",
)
EDITS: dict[str, Edit] = {
    **{f"refusal {name}": rule(name) for name in RULES},
    "refusal query-operation, matrix": rule("query-operation"),
    "token-method": at("/oauth/token/", lambda body: not body, NOT_FOUND),
    "other-products": at("/adlib/", bool, NOT_FOUND),
    "last-slash": lambda request, response: NOT_FOUND if not request.path.endswith("/") else response,
    "unknown-keys": at("/user/info", lambda body: "mock_unknown" in body, refused()),
    "fields-in-body": at("/user/info", lambda body: "fields" in body, refused()),
    "cursor-alone": at("/video/query", lambda body: "cursor" in body and "search_id" not in body, refused()),
    "signs": without_sign_support,
    "loose-ids": at("/comment/list", has_id_as_text, refused()),
    "groups": data("/video/query", set_regions, lambda body: body.get("query") == GROUPS),
    "keyword": data("/video/query", set_captions, lambda body: "keyword" in str(body)),
    "comment-unknown-video": at("/comment/list", lambda body: body.get("video_id") == 1, refused()),
    "comment-cap": at("/comment/list", lambda body: body.get("cursor") == 1_000, refused()),
    "follow-start": data("/followers", lambda content: content["data"].update(user_followers=[{"username": "a"}]),
        lambda body: body.get("cursor") == 1),
    "empty-list-absent": data("/followers", lambda content: content["data"].update(user_followers=[]),
        lambda body: body.get("cursor") == 1),
    "lists-hidden": at("/pinned_videos", bool, refused()),
    "pinned-three": data("/pinned_videos", lambda content: content["data"].update(pinned_videos_list=[{"id": 1}] * 4)),
    "shop-error-object": data("/tts/shop", lambda content: content.pop("error")),
    "compliance-format": at("/validation_task/download", bool, Response(200, b'{"ids": ["1"]}')),
}  # fmt: skip


@pytest.mark.parametrize("behaviours", EDITS)
def test_a_deviation_without_a_switch_is_found_and_nothing_else(compare: Compare, behaviours: str) -> None:
    comparison = compare(core=EditedCore(EDITS[behaviours]))
    assert comparison.names("contradicted") == set(behaviours.split(", "))
    assert comparison.sent <= MOST


def test_the_status_of_wrong_credentials_is_found(compare: Compare) -> None:
    assert compare(core=Core(defaults=Options(token_status=401))).names("contradicted") == {"token-error-200"}


class OneToken(Core):
    """A server on which a new token ends the one before."""

    def handle(self, request: Request) -> Response:
        response = super().handle(request)
        for tenant in self.tenants.values():
            while len(tenant.tokens) > 1:
                tenant.tokens.pop(next(iter(tenant.tokens)))
        return response


def test_a_new_token_that_ends_the_one_before_is_found(compare: Compare) -> None:
    assert compare(core=OneToken()).names("contradicted") == {"tokens-many"}


def test_answers_that_are_not_compressed_are_found(tmp_path: Path) -> None:
    with InProcess() as mock:
        run = Run(mock.url, Credentials("mock", SECRET), Store(tmp_path / "answers", {}), sleep=mock.sleep)
        answers = run.run()
    comparison = Comparison(answers, run.sent, report_of(mock.url, answers, run.sent))
    assert comparison.names("contradicted") == {"compression"}


def test_every_probe_is_shown_to_find_a_deviation() -> None:
    planted = {name for names in SWITCHES.values() for name in names} | {
        "token-error-200",
        "tokens-many",
        "compression",
    }
    planted |= {name for names in EDITS for name in names.split(", ")}
    assert {name for probe in PROBES for name in probe.behaviours} == planted
