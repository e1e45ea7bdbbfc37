"""Hostile pages, clients and networks: they can do nothing to the server."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.adapters.mock import Mock
from mockserver.adapters.threads import InThread
from mockserver.admin.admin import _ROUTES, Admin
from mockserver.admin.snapshots import snapshot
from mockserver.behaviours.faults import read_scenario
from mockserver.core import Core, Request
from mockserver.endpoints.addresses import TOKEN_PATH
from mockserver.endpoints.table import ENDPOINTS
from mockserver.messages import LARGEST_BODY
from mockserver.search.query import CONDITION_FIELDS, OPERATIONS
from mockserver.tenants.options import Options
from tests.mockserver.conftest import ADMIN, USER, VIDEO
from tests.support import until

INFO = "/v2/research/user/info/"


@contextmanager
def listening(core: Core, **limits: Any) -> Iterator[Mock]:
    with InThread(core, **limits) as mock:
        yield mock


@pytest.fixture
def mock(core: Core) -> Iterator[Mock]:
    with InThread(core) as mock:
        yield mock


def connect(mock: Mock) -> socket.socket:
    host, port = mock.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=5)


def request(mock: Mock, path: str, host: str = "localhost", method: str = "GET", **headers: str) -> requests.Response:
    all_headers = {"Host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, mock.url + path, headers=all_headers, timeout=5)


def received(connection: socket.socket) -> bytes:
    """All bytes until the server closes the connection."""
    chunks = []
    try:
        while chunk := connection.recv(1 << 16):
            chunks.append(chunk)
    except ConnectionResetError:
        pass
    return b"".join(chunks)


# Names and origins


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8787", "[::1]:8787", "LOCALHOST:1"])
def test_the_server_answers_to_the_names_of_the_loopback(mock: Mock, host: str) -> None:
    assert request(mock, "/__mock__/health", host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "eviltiktokapis.com", ""]
)
def test_a_host_name_that_was_rebound_to_the_loopback_is_refused(mock: Mock, host: str) -> None:
    for path in ("/__mock__/health", "/v2/research/video/query/", "/"):
        assert request(mock, path, host).status_code in (400, 403)


def test_a_redirected_client_reaches_the_api_under_its_real_name_but_not_the_admin_pages(mock: Mock) -> None:
    assert request(mock, INFO, "open.tiktokapis.com", "POST").status_code == 401
    assert request(mock, "/__mock__/health", "open.tiktokapis.com").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_page_of_another_site_cannot_reach_the_admin_pages_even_with_the_token(
    mock: Mock, headers: dict[str, str]
) -> None:
    for path in ("/__mock__/tenants", "/__mock__/health", "/__mock__/"):
        assert request(mock, path, "localhost:80", X_Mock_Admin_Token=ADMIN, **headers).status_code == 403


def test_the_servers_own_page_reaches_the_admin_pages(mock: Mock) -> None:
    own = {"Origin": "http://localhost:80", "Sec_Fetch_Site": "same-origin", "X_Mock_Admin_Token": ADMIN}
    assert request(mock, "/__mock__/tenants", "localhost:80", **own).status_code == 200


def test_no_answer_allows_other_sites_to_read_it(mock: Mock) -> None:
    for path in ("/__mock__/health", INFO, TOKEN_PATH):
        for method in ("GET", "POST", "OPTIONS"):
            answer = request(mock, path, method=method, Origin="http://localhost")
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]


# The admin token


@pytest.mark.parametrize("route", [route for route, (_, is_open) in _ROUTES.items() if not is_open])
@pytest.mark.parametrize("token", ["", "wrong", "admin", "\u00e4", ADMIN + "x"])
def test_every_closed_admin_page_requires_the_token(core: Core, route: tuple[str, str], token: str) -> None:
    method, path = route
    answer = Admin(core).handle(
        Request(method, f"/__mock__/{path}", headers={"x-mock-admin-token": token}, body=b'{"tenant": "mock"}')
    )
    assert answer.status == 403
    assert not core.tenants


def test_open_admin_pages_show_no_secret_and_change_nothing(core: Core) -> None:
    for (method, path), (_, is_open) in _ROUTES.items():
        assert method == "GET" or not is_open
        if is_open and path:  # "" is a file
            assert ADMIN.encode() not in Admin(core).handle(Request("GET", f"/__mock__/{path}")).body


def test_the_journal_contains_no_token_and_no_secret(core: Core, mock: Mock) -> None:
    form = {"client_key": "mock", "client_secret": "mock-secret", "grant_type": "client_credentials"}
    token = requests.post(mock.url + TOKEN_PATH, data=form, timeout=5).json()["access_token"]
    requests.post(
        mock.url + INFO, json={"username": "mock_empty"}, headers={"Authorization": f"Bearer {token}"}, timeout=5
    )
    text = request(mock, "/__mock__/journal", X_Mock_Admin_Token=ADMIN).text
    assert "user.info" in text
    assert token not in text
    assert "mock-secret" not in text


# Limits


def test_a_body_larger_than_the_limit_is_refused(mock: Mock) -> None:
    answer = requests.post(mock.url + INFO, data=b"x" * (LARGEST_BODY + 1), timeout=5)
    assert answer.status_code == 413


def test_a_compressed_body_that_is_larger_than_the_limit_is_refused(mock: Mock) -> None:
    import gzip

    packed = gzip.compress(b"x" * (8 * LARGEST_BODY))
    answer = requests.post(mock.url + INFO, data=packed, headers={"Content-Encoding": "gzip"}, timeout=5)
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize(
    "head",
    [
        b"POST " + INFO.encode() + b" HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"POST " + INFO.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 2_000,
    ],
    ids=["long header", "many headers", "long path", "negative length", "smuggled", "bad chunk", "tls", "zeros"],
)
def test_invalid_http_is_refused_and_the_connection_is_closed(mock: Mock, head: bytes) -> None:
    with connect(mock) as connection:
        connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        answer = received(connection)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert b"Traceback" not in answer
    assert request(mock, "/__mock__/health").status_code == 200


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST " + INFO.encode() + b" HTTP/1.1\r\nHost: loc",
        b"POST " + INFO.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc",
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_the_server_does_not_wait_for_a_client_that_stops_in_the_middle(core: Core, beginning: bytes) -> None:
    with listening(core, patience=0.05) as mock, connect(mock) as connection:
        start = time.monotonic()
        connection.sendall(beginning)
        answer = received(connection)
        assert time.monotonic() - start < 3
    assert answer == b"" or b" 408 " in answer


def test_a_body_that_stops_in_the_middle_is_answered_with_408(core: Core) -> None:
    with listening(core, patience=0.05) as mock, connect(mock) as connection:
        connection.sendall(b"POST " + INFO.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc")
        answer = received(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"The body took too long." in answer


def test_for_one_connection_too_many_the_one_that_has_waited_longest_is_closed(core: Core) -> None:
    with listening(core, most_connections=3) as mock, ExitStack() as stack:
        oldest, half_open, third = (stack.enter_context(connect(mock)) for _ in range(3))
        half_open.sendall(b"POST " + INFO.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        health = b"GET /__mock__/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        oldest.sendall(health)
        assert oldest.recv(100).startswith(b"HTTP/1.1 200")  # it has been heard, so it waits no longer than the others
        fourth = stack.enter_context(connect(mock))
        fourth.sendall(health)
        assert fourth.recv(100).startswith(b"HTTP/1.1 200")
        assert received(half_open) == b""
        for connection in (oldest, third):
            connection.sendall(health)
            assert connection.recv(100)


def test_half_open_connections_lock_nobody_out(core: Core) -> None:
    with listening(core, most_connections=20) as mock, ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(connect(mock)).sendall(b"POST " + INFO.encode() + b" HTTP/1.1\r\nHost: loc")
        assert [request(mock, "/__mock__/health").status_code for _ in range(10)] == [200] * 10


def test_a_connection_whose_request_is_being_answered_is_never_closed(core: Core) -> None:
    named = core.tenant("mock")
    assert named
    tenant = named[0]
    tenant.play(read_scenario({"faults": [{"do": "slow"}]}))
    head = f"POST {INFO}?fields=display_name HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: Bearer {tenant.issue_token('')}\r\n"
    body = json.dumps({"username": "mock_empty"})
    with listening(core, most_connections=1) as mock, connect(mock) as slow:
        slow.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        until(lambda: bool(tenant.journal))
        with connect(mock) as second:
            assert received(second) == b""
        assert slow.recv(100).startswith(b"HTTP/1.1 200")


def test_a_client_that_expects_100_continue_gets_it(mock: Mock) -> None:
    with connect(mock) as connection:
        head = f"POST {INFO} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
        connection.sendall(head.encode() + b"Connection: close\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert received(connection).startswith(b"HTTP/1.1 401 ")


def test_others_are_answered_while_one_client_stalls(mock: Mock) -> None:
    with connect(mock) as slow:
        slow.sendall(b"POST /v2/oauth/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.append(request(mock, "/__mock__/health").status_code))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert statuses == [200] * 8


# Requests that hypothesis makes up: no 500, no traceback, no hang

FUZZ = settings(
    max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
NAMES = sorted(
    {"query", "start_date", "end_date", "max_count", "cursor", "search_id", "is_random", "video_id", "comment_id"}
    | {"username", "playlist_id", "shop_name", "limit", "fields", "shop_id", "product_id", "page_start", "page_size"}
    | {"task_id", "and", "or", "not", "field_name", "operation", "field_values"}
)
WORDS = [*CONDITION_FIELDS, *OPERATIONS, "20250101", "20250131", "mock_empty", "1e9", "-0", "9" * 30, "9" * 5_000]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(2**62, 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(WORDS),
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
bodies = st.dictionaries(st.sampled_from(NAMES), anything, max_size=6)
conditions = st.fixed_dictionaries(
    {
        "field_name": st.sampled_from(CONDITION_FIELDS),
        "operation": st.sampled_from(OPERATIONS),
        "field_values": st.lists(scalars, max_size=3),
    }
)
searches = st.fixed_dictionaries(
    {
        "query": st.dictionaries(st.sampled_from(["and", "or", "not"]), st.lists(conditions, max_size=3), min_size=1),
        "start_date": st.sampled_from(["20250101", "20260601", "00010101", "99991231", "20250230"]),
        "end_date": st.sampled_from(["20250101", "20260601", "00010110", "99991231"]),
    },
    optional=dict.fromkeys(("max_count", "cursor", "search_id", "is_random"), scalars),
)
raw = st.binary(max_size=200) | anything.map(lambda content: json.dumps(content).encode("utf-8", "surrogatepass"))


@pytest.fixture(scope="module")
def bearer() -> tuple[Core, str]:
    core = Core(defaults=Options(videos=2_000), admin_token=ADMIN)
    tenant = core.tenant("mock:quota=100000000,follow_quota=100000000")
    assert tenant
    return core, f"Bearer {tenant[0].issue_token('')}"


def check(core: Core, request: Request) -> None:
    """Send a request, and check that its answer is well-formed and no failure of the server."""
    is_admin = request.path.startswith("/__mock__/")
    answer = Admin(core).handle(request) if is_admin else core.handle(request)
    assert answer.status < 500, (request, answer.body)
    assert b"Traceback" not in answer.body
    if "json" in answer.headers["Content-Type"]:
        json.loads(answer.body)
    for name, value in answer.headers.items():
        assert not set(name + value) & {"\r", "\n", "\0"}


@cache
def generated_requests() -> list[tuple[str, bytes]]:
    """Fields and bodies. They are generated once, since that takes ten times as long as answering them."""
    generated = []

    @FUZZ
    @given(body=bodies, fields=st.sampled_from(["", "id", VIDEO, USER, ",,", "a" * 500]))
    def generate(body: dict[str, Any], fields: str) -> None:
        generated.append((fields, json.dumps(body).encode()))

    generate()
    return generated


@pytest.mark.parametrize("path", [endpoint.path for endpoint in ENDPOINTS])
def test_no_body_makes_an_endpoint_fail(bearer: tuple[Core, str], path: str) -> None:
    core, token = bearer
    assert len(generated_requests()) >= FUZZ.max_examples
    for fields, body in generated_requests():
        check(core, Request("POST", path, {"fields": fields}, {"authorization": token}, body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": ' + b'{"and": [' * 200 + b"]}" * 200 + b"}",
        b'{"username": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"[" * 100_000,
        b'{"query": {"and": [{"field_name": "keyword", "operation": "EQ", "field_values": ["\\ud800"]}]}}',
        b'{"username": ' + b"9" * 100_000 + b"}",
    ],
    ids=["deep query", "deep name", "open brackets", "half a character", "many digits"],
)
def test_a_body_made_to_break_a_parser_is_a_bad_request(bearer: tuple[Core, str], body: bytes) -> None:
    core, token = bearer
    for endpoint in ENDPOINTS:
        check(core, Request("POST", endpoint.path, {"fields": "id"}, {"authorization": token}, body))


def test_the_last_possible_day_can_be_requested(bearer: tuple[Core, str]) -> None:
    core, token = bearer
    condition = {"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}
    body = {"query": {"and": [condition]}, "start_date": "99991201", "end_date": "99991231"}
    path = "/v2/research/video/query/"
    check(core, Request("POST", path, {"fields": "id"}, {"authorization": token}, json.dumps(body).encode()))


@pytest.mark.parametrize(
    "scenario",
    [{"faults": 5}, {"faults": [{"do": [[]]}]}, {"faults": [{"do": {"a": 1}}]}, {"quirks": 5}, {"quirks": [[]]}],
)
def test_a_scenario_of_the_wrong_shape_is_a_bad_request(core: Core, scenario: Any) -> None:
    text = json.dumps({"tenant": "mock", "scenario": scenario}).encode()
    answer = Admin(core).handle(Request("POST", "/__mock__/scenario", {}, {"x-mock-admin-token": ADMIN}, text))
    assert answer.status == 400


@pytest.mark.slow
@FUZZ
@given(data=st.data())
def test_a_damaged_snapshot_is_refused_or_harmless(bearer: tuple[Core, str], data: st.DataObject) -> None:
    core = Core(defaults=Options(videos=2_000), admin_token=ADMIN)
    tenant = core.tenant("mock")
    assert tenant
    token = f"Bearer {tenant[0].issue_token('')}"
    state = snapshot(core)
    part = data.draw(st.sampled_from(sorted(state["tenants"][0])))
    state["tenants"][0][part] = data.draw(anything | st.lists(st.lists(anything, max_size=3), max_size=2))
    text = json.dumps(state).encode()
    for request in (
        Request("PUT", "/__mock__/state", {}, {"x-mock-admin-token": ADMIN}, text),
        Request("GET", "/__mock__/state", {}, {"x-mock-admin-token": ADMIN}),
        Request("GET", "/__mock__/tenants", {}, {"x-mock-admin-token": ADMIN}),
        Request("POST", INFO, {"fields": USER}, {"authorization": token}, b'{"username": "mock_empty"}'),
    ):
        check(core, request)


@FUZZ
@given(body=searches)
def test_no_search_makes_the_server_fail(bearer: tuple[Core, str], body: dict[str, Any]) -> None:
    core, token = bearer
    check(
        core,
        Request(
            "POST", "/v2/research/video/query/", {"fields": VIDEO}, {"authorization": token}, json.dumps(body).encode()
        ),
    )


@FUZZ
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"]),
    path=st.sampled_from([endpoint.path for endpoint in ENDPOINTS] + [TOKEN_PATH])
    | st.text(max_size=50).map("/".__add__),
    content_type=st.text(max_size=40) | st.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data"]),
    body=raw,
)
def test_no_bytes_make_the_server_fail(
    bearer: tuple[Core, str], method: str, path: str, content_type: str, body: bytes
) -> None:
    core, token = bearer
    check(core, Request(method, path, {}, {"authorization": token, "content-type": content_type}, body))


@pytest.mark.slow
@FUZZ
@given(
    route=st.sampled_from([route for route in _ROUTES if route != ("GET", "")]),
    body=st.dictionaries(
        st.sampled_from(["tenant", "to", "advance", "freeze", "used", "on", "off", "scenario", "remove", "tenants"]),
        anything | st.just("mock") | st.just({"faults": [{"do": "pass"}]}) | st.lists(anything, max_size=2),
        max_size=4,
    )
    | raw,
    query=st.dictionaries(st.sampled_from(["tenant", "from", "count"]), st.text(max_size=10) | st.sampled_from(WORDS)),
)
def test_no_request_to_an_admin_page_makes_the_server_fail(
    route: tuple[str, str], body: Any, query: dict[str, str]
) -> None:
    core = Core(defaults=Options(videos=2_000), admin_token=ADMIN)
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    check(core, Request(route[0], f"/__mock__/{route[1]}", query, {"x-mock-admin-token": ADMIN}, text))


@FUZZ
@given(
    key=st.text(max_size=40).map("mock:".__add__) | st.text(max_size=20),
    secret=st.text(max_size=20) | st.just("mock-secret"),
)
def test_no_client_key_makes_the_server_fail(key: str, secret: str) -> None:
    from urllib.parse import urlencode

    core = Core(defaults=Options(videos=2_000))
    form = {"client_key": key, "client_secret": secret, "grant_type": "client_credentials"}
    check(core, Request("POST", TOKEN_PATH, body=urlencode(form, errors="replace").encode()))
