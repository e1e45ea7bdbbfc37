"""A report has no personal data: nothing that an answer says, except names that the API's documents have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.conform.answers import Answer
from mockserver.conform.probes import PROBES
from mockserver.conform.requests import ROWS
from mockserver.conform.shapes import answer_shape, message_shape, value_shape
from mockserver.core import Core
from mockserver.tenants.options import SECRET
from tests.mockserver.conform.conftest import Compare, EditedCore
from tests.support import values_in

# Words of the protocol, which the report has because it says how it was answered.
WORDS = {"bearer", "invalid_params", "invalid_client", "invalid_request", "scope_not_authorized", "internal_error"}


# Words of the report itself, some of which are hashtags too.
_OWN = (
    *(probe.name for probe in PROBES),
    *(row.name for row in ROWS),
    *(answer for probe in PROBES for answer in probe.others),
)
OWN_WORDS = {word for text in _OWN for word in re.findall(r"\w+", text)}


def said(core: EditedCore) -> Iterator[str]:
    """What a server has said, apart from words of the protocol and numbers that everybody may know."""
    for response in core.responses:
        try:
            content = orjson.loads(response.body)
        except orjson.JSONDecodeError:
            content = response.body.decode("utf-8", "replace").splitlines()
        for value in values_in(content):
            if isinstance(value, str) and len(value) >= 4 and value.lower() not in WORDS:
                yield value
            elif type(value) is int and value >= 10_000:
                yield str(value)


@pytest.mark.parametrize("key", ["mock", "mock:quirks=echoed-secrets+new-field+user-500", "mock:json_only"])
def test_nothing_that_the_server_says_is_in_the_report(compare: Compare, key: str) -> None:
    core = EditedCore()
    comparison = compare(key, core, shows_likes=True)
    text = json.dumps(comparison.report, ensure_ascii=False)
    words = set(said(core)) - OWN_WORDS
    assert len(words) > 1_000
    leaked = {word for word in words if word in text and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)}
    assert not leaked
    for secret in (SECRET, *(token for tenant in core.tenants.values() for token in tenant.tokens)):
        assert secret not in text


def test_no_token_and_no_secret_is_stored_with_the_answers(compare: Compare, tmp_path: Path) -> None:
    core = Core()
    comparison = compare("mock:quirks=echoed-secrets", core)
    stored = (tmp_path / "answers").read_text()
    assert "quirk echoed-secrets" in comparison.names("contradicted")
    for secret in (SECRET, *(token for tenant in core.tenants.values() for token in tenant.tokens)):
        assert secret not in stored
    assert (tmp_path / "answers").stat().st_mode & 0o077 == 0


SAID = st.text().map(lambda text: "Quux" + text)
JSON = st.recursive(
    SAID | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SAID, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_no_value_and_no_unknown_key_survives(content: Any) -> None:
    assert "uux" not in json.dumps(value_shape(content))


@given(JSON, SAID, SAID)
def test_no_answer_leaves_a_text_in_its_shape(content: Any, code: str, message: str) -> None:
    body = json.dumps({"data": content, "error": {"code": code, "message": message}})
    answer = Answer("video.query", 400, {"content-type": code, "x-a": message}, body)
    assert "uux" not in json.dumps(answer_shape(answer))


def test_the_order_of_records_is_kept_without_their_values() -> None:
    records = [{"id": number, "create_time": 7, "view_count": number % 3} for number in range(90, 80, -1)]
    shape = value_shape({"videos": records})["videos"]["of"]
    assert shape["id"] == {"in": 10, "types": ["integer"], "order": "descending"}
    assert "order" not in shape["create_time"] | shape["view_count"]


def test_a_message_that_is_known_is_named_and_another_is_reduced_to_its_shape() -> None:
    assert message_shape("`username: ann` is private") == "as user-private"
    assert message_shape("User ann.lee has 3 videos") == "a a.a a 9 a"
