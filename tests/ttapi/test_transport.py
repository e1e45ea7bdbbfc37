"""One exchange on a real socket with a server that misbehaves."""

import os
import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import ClassVar

import pytest
import requests

from ttapi import Client, Credentials, NoAnswer, Token
from ttapi.transport import Reply, exchange

GOOD = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{"data": {"video_count":1}}'


class Server:
    """Answers each connection with the bytes prepared for it, then closes it. None: it waits without an answer."""

    def __init__(self, *answers):
        self.received = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.finished = threading.Event()
        threading.Thread(target=self._serve, args=(answers,), daemon=True).start()

    def _serve(self, answers):
        with self._socket:
            for answer in answers:
                connection, _ = self._socket.accept()
                with connection:
                    self.received = connection.recv(65536)
                    if answer is None:
                        self.finished.wait(5)
                    else:
                        connection.sendall(answer)


def post(server, **more):
    with requests.Session() as session:
        session.trust_env = False
        return exchange(session, server.url + "/v2/", timeout=(1.0, 1.0), clock=time.monotonic, **more)


def test_a_complete_answer_is_returned_as_received():
    server = Server(GOOD)
    reply = post(server, token="clt.001", json={"a": 1})
    assert (reply.status, reply.raw, reply.complete) == (200, b'{"data": {"video_count":1}}', True)
    assert b"Authorization: Bearer clt.001\r\n" in server.received


@pytest.mark.parametrize(
    ("answer", "raw"),
    [
        (GOOD[:-7], b'{"data": {"video_cou'),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat\r\nzz', b'{"dat'),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", b""),
    ],
)
def test_the_received_part_of_a_broken_body_is_kept(answer, raw):
    reply = post(Server(answer))
    assert (reply.status, reply.raw, reply.complete, reply.sent) == (200, raw, False, True)


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 "])
def test_a_request_without_an_answer_may_have_been_sent(answer):
    reply = post(Server(answer))
    assert (reply.status, reply.reason, reply.sent) == (None, "the connection was lost", True)


def test_waiting_for_an_answer_times_out():
    server = Server(None)
    with requests.Session() as session:
        session.trust_env = False
        reply = exchange(session, server.url, timeout=(1.0, 0.02), clock=time.monotonic)
    server.finished.set()
    assert (reply.status, reply.reason, reply.sent) == (None, "waiting for an answer timed out", True)


def test_a_request_to_an_unknown_host_is_not_sent(monkeypatch):
    def unknown(*args, **more):
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with requests.Session() as session:
        session.trust_env = False
        reply = exchange(session, "http://api.invalid/", timeout=(1.0, 1.0), clock=time.monotonic)
    assert (reply.status, reply.reason, reply.sent) == (None, "the host name is unknown", False)


class TlsServer:
    """A TLS server on this machine. It reads the request, then misbehaves. trusted: its certificate is accepted."""

    def __init__(self, folder, *, trusted, after=lambda connection: None):
        key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        _write_certificate(key, self.certificate)
        self.trust = str(self.certificate) if trusted else True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.received = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, args=(context, after), daemon=True).start()

    def _serve(self, context, after):
        with self._socket:
            connection, _ = self._socket.accept()
            with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                while b"\r\n\r\n" not in self.received:
                    self.received += tls.recv(65536)
                after(tls)


def _write_certificate(key_file, certificate_file):
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test server")])
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(2100, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    certificate_file.write_bytes(certificate.public_bytes(pem))
    form = serialization.PrivateFormat.PKCS8
    key_file.write_bytes(private.private_bytes(pem, form, serialization.NoEncryption()))


def error_and_count(server):
    """The error of one call, and how many requests the ledger has counted after it."""
    with requests.Session() as session:
        session.trust_env, session.verify = False, server.trust
        token = Token("clt.x", expires_at=time.time() + 3600)
        client = Client(
            server.url, credentials=Credentials("mock-key", "s3cret"), token=token, session=session, attempts=1
        )
        with pytest.raises(NoAnswer) as excinfo:
            client.call("user.info", {"username": "x"})
        return str(excinfo.value), client.spent()


def send_invalid_bytes(connection):
    os.write(connection.fileno(), b"this is not a TLS record")


def close(connection):
    connection.close()


@pytest.mark.parametrize("misbehave", [send_invalid_bytes, close])
def test_a_tls_connection_that_fails_after_the_request_was_sent_counts(tmp_path, misbehave):
    server = TlsServer(tmp_path, trusted=True, after=misbehave)
    error, spent = error_and_count(server)
    assert server.received.startswith(b"POST /v2/research/user/info/")
    assert "The request counts against the quota." in error
    assert spent == 1


def test_with_an_untrusted_certificate_nothing_is_sent_and_it_costs_nothing(tmp_path):
    server = TlsServer(tmp_path, trusted=False)
    error, spent = error_and_count(server)
    assert "untrusted certificate" in error
    assert "It cost no quota." in error
    assert (spent, server.received) == (0, b"")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", None])
def test_with_a_failing_or_hanging_tls_handshake_nothing_is_sent(answer):
    server = Server(answer)
    with requests.Session() as session:
        session.trust_env = False
        url = server.url.replace("http", "https")
        reply = exchange(session, url, timeout=(1.0 if answer else 0.02, 1.0), clock=time.monotonic, json={})
    server.finished.set()
    assert (reply.status, reply.sent) == (None, False)
    assert b"POST" not in server.received


def through_a_proxy(server, url):
    """The reply to a request that this proxy should forward."""
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": server.url, "https": server.url}
        return exchange(session, url, timeout=(1.0, 1.0), clock=time.monotonic, json={})


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"", b"garbage"])
def test_with_a_proxy_that_opens_no_tunnel_nothing_is_sent(answer):
    server = Server(answer)
    reply = through_a_proxy(server, "https://api.invalid/")
    assert (reply.status, reply.sent) == (None, False)
    assert server.received.startswith(b"CONNECT api.invalid:443")


def test_a_proxy_that_breaks_off_may_have_forwarded_the_request():
    server = Server(b"")
    reply = through_a_proxy(server, "http://api.invalid/")
    assert (reply.status, reply.sent) == (None, True)
    assert server.received.startswith(b"POST http://api.invalid/")


def test_a_request_on_a_reused_connection_that_breaks_counts_as_sent():
    def serve():
        connection, _ = listening.accept()
        with connection:
            for answer in (GOOD, b""):
                connection.recv(65536)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening, requests.Session() as session:
        threading.Thread(target=serve, daemon=True).start()
        session.trust_env = False
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        replies = [exchange(session, url, timeout=(1.0, 1.0), clock=time.monotonic) for _ in range(2)]
    assert [(reply.status, reply.sent) for reply in replies] == [(200, True), (None, True)]


def test_a_request_to_an_impossible_address_costs_nothing():
    with requests.Session() as session:
        session.trust_env = False
        reply = exchange(session, "http://.no-host/", timeout=(1.0, 1.0), clock=time.monotonic)
    assert (reply.status, reply.sent, reply.reason) == (
        None,
        False,
        "this address and body do not form a valid request",
    )


def test_a_proxys_password_is_not_repeated():
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": "http://user:hidden@127.0.0.1:1"}
        reply = exchange(session, "http://api.invalid/", timeout=(1.0, 1.0), clock=time.monotonic)
    assert (reply.reason, reply.sent) == ("the proxy could not be reached", False)


def test_a_proxy_in_the_environment_is_not_used_for_a_mock_server_on_this_machine(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server = Server(GOOD)
    client = Client(
        server.url, credentials=Credentials("mock-key", "s3cret"), token=Token("clt.x", expires_at=time.time() + 3600)
    )
    assert client.call("user.info", {"username": "x"}).data == {"video_count": 1}


def test_an_endless_answer_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr("ttapi.transport.MAX_BYTES", 100)
    reply = post(Server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000))
    assert not reply.complete


def test_a_connection_is_reused_for_the_next_request():
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
    server = Server(b"", GOOD)
    waits = []
    client = Client(
        server.url,
        credentials=Credentials("mock-key", "s3cret"),
        token=Token("clt.x", expires_at=time.time() + 3600),
        sleep=waits.append,
        timeout=(1.0, 1.0),
    )
    assert client.call("user.info", {"username": "x"}).data == {"video_count": 1}
    assert (len(waits), client.spent()) == (1, 2)


def test_the_error_and_the_log_of_a_broken_connection_contain_no_secret(caplog):
    caplog.set_level("DEBUG")
    server = Server(b"")
    client = Client(
        server.url,
        credentials=Credentials("mock-key", "s3cret"),
        token=Token("clt.hidden", expires_at=time.time() + 3600),
        attempts=1,
        timeout=(1.0, 1.0),
    )
    with pytest.raises(NoAnswer) as excinfo:
        client.call("user.info", {"username": "x"})
    chain = []
    error = excinfo.value
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    assert not [link for link in chain if hasattr(link, "request")]
    assert caplog.text
    assert "hidden" not in caplog.text


NOON = "Mon, 01 Jun 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": " 17 "}, 17.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "\u0663"}, None),
        ({"Retry-After": "Mon, 01 Jun 2026 12:00:30 GMT", "Date": NOON}, 30.0),
        ({"Retry-After": "Mon, 01 Jun 2026 11:59:59 GMT", "Date": NOON}, 0.0),
        ({"Retry-After": "Mon, 01 Jun 2026 12:00:30 GMT"}, None),
        ({"Date": NOON}, None),
    ],
)
def test_the_wait_that_an_answer_requires_is_a_number_or_a_date_after_that_of_the_answer(headers, seconds):
    assert Reply(429, headers=headers).retry_after() == seconds
