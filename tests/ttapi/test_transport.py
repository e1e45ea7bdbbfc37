"""One exchange on a real socket whose far side misbehaves."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import requests

from ttapi import Client, Credentials, NoAnswer, Token
from ttapi.transport import exchange

GOOD = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{"data": {"video_count":1}}'


class FarSide:
    """Answers each connection with the bytes laid down for it, then closes; None: says nothing and waits."""

    def __init__(self, *answers):
        self.heard = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.done = threading.Event()
        threading.Thread(target=self._serve, args=(answers,), daemon=True).start()

    def _serve(self, answers):
        with self._socket:
            for answer in answers:
                connection, _ = self._socket.accept()
                with connection:
                    self.heard = connection.recv(65536)
                    if answer is None:
                        self.done.wait(5)
                    else:
                        connection.sendall(answer)


def post(far, **more):
    with requests.Session() as session:
        session.trust_env = False
        return exchange(session, far.url + "/v2/", timeout=(1.0, 1.0), clock=time.monotonic, **more)


def test_a_whole_answer_is_given_as_received():
    far = FarSide(GOOD)
    reply = post(far, token="clt.1", json={"a": 1})
    assert (reply.status, reply.raw, reply.whole) == (200, b'{"data": {"video_count":1}}', True)
    assert b"Authorization: Bearer clt.1\r\n" in far.heard


@pytest.mark.parametrize(
    ("answer", "raw"),
    [
        (GOOD[:-7], b'{"data": {"video_cou'),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat\r\nzz', b'{"dat'),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", b""),
    ],
)
def test_what_came_of_a_broken_body_is_kept(answer, raw):
    reply = post(FarSide(answer))
    assert (reply.status, reply.raw, reply.whole, reply.left) == (200, raw, False, True)


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 "])
def test_no_answer_at_all_is_told_and_may_have_left(answer):
    reply = post(FarSide(answer))
    assert (reply.status, reply.reason, reply.left) == (None, "the connection broke off", True)


def test_silence_ends_with_the_time_allowed():
    far = FarSide(None)
    with requests.Session() as session:
        session.trust_env = False
        reply = exchange(session, far.url, timeout=(1.0, 0.02), clock=time.monotonic)
    far.done.set()
    assert (reply.status, reply.reason, reply.left) == (None, "no answer within the time allowed", True)


def test_a_name_that_cannot_be_found_never_left(monkeypatch):
    def unknown(*args, **more):
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with requests.Session() as session:
        session.trust_env = False
        reply = exchange(session, "http://api.invalid/", timeout=(1.0, 1.0), clock=time.monotonic)
    assert (reply.status, reply.reason, reply.left) == (None, "the host name is unknown", False)


def test_a_proxys_password_is_not_repeated():
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": "http://user:hidden@127.0.0.1:1"}
        reply = exchange(session, "http://api.invalid/", timeout=(1.0, 1.0), clock=time.monotonic)
    assert (reply.reason, reply.left) == ("the proxy could not be reached", False)


def test_a_proxy_in_the_environment_does_not_hide_a_double_on_this_machine(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    far = FarSide(GOOD)
    client = Client(far.url, credentials=Credentials("k", "s"), token=Token("clt.x", expires_at=time.time() + 3600))
    assert client.call("user.info", {"username": "x"}).data == {"video_count": 1}


def test_an_answer_without_end_is_not_read_for_ever(monkeypatch):
    monkeypatch.setattr("ttapi.transport.MAX_BYTES", 100)
    reply = post(FarSide(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000))
    assert not reply.whole


def test_a_connection_is_kept_for_the_next_request():
    class KeepsAlive(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        connections: ClassVar[set[object]] = set()

        def do_POST(self):
            self.connections.add(self.client_address)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), KeepsAlive) as server, requests.Session() as session:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        session.trust_env = False
        url = f"http://127.0.0.1:{server.server_port}/"
        for _ in range(3):
            assert exchange(session, url, timeout=(1.0, 1.0), clock=time.monotonic).raw == b"{}"
        server.shutdown()
        session.close()
    assert len(KeepsAlive.connections) == 1


def test_each_attempt_is_one_connection_and_one_count():
    far = FarSide(b"", GOOD)
    waits = []
    client = Client(
        far.url,
        credentials=Credentials("k", "s"),
        token=Token("clt.x", expires_at=time.time() + 3600),
        sleep=waits.append,
        timeout=(1.0, 1.0),
    )
    assert client.call("user.info", {"username": "x"}).data == {"video_count": 1}
    assert (len(waits), client.spent()) == (1, 2)


def test_the_error_and_the_log_of_a_broken_connection_hold_no_secret(caplog):
    caplog.set_level("DEBUG")
    far = FarSide(b"")
    client = Client(
        far.url,
        credentials=Credentials("k", "s"),
        token=Token("clt.hidden", expires_at=time.time() + 3600),
        attempts=1,
        timeout=(1.0, 1.0),
    )
    with pytest.raises(NoAnswer) as caught:
        client.call("user.info", {"username": "x"})
    chain = []
    error = caught.value
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    assert not [one for one in chain if hasattr(one, "request")]
    assert caplog.text
    assert "hidden" not in caplog.text
