"""Credentials are sent to TikTok and to hosts that the user has named, and mock keys to this machine."""

import pytest
import responses

from ttapi import Client, Credentials, UntrustedHost
from ttapi.destination import Destination, check_destination, trusted_hosts

REAL = "awx1234567890"


def refusal(base_url: str, key: str, *trusted: str) -> str:
    try:
        check_destination(Destination.of(base_url), key, trusted)
    except UntrustedHost as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("base_url", "key", "trusted"),
    [
        ("https://open.tiktokapis.com", REAL, ()),
        ("https://open.tiktokapis.com/", REAL, ()),
        ("HTTPS://Open.TikTokAPIs.com:443", REAL, ()),
        ("http://127.0.0.1:8000", "mock:seed=3", ()),
        ("http://localhost:8000", "mock", ()),
        ("http://[::1]:8000", "mock", ()),
        ("https://proxy.example.org", REAL, ("proxy.example.org",)),
        ("https://proxy.example.org", REAL, (" Proxy.Example.org:443",)),
        ("https://proxy.example.org:8443", REAL, ("proxy.example.org:8443",)),
        ("http://mock:8000", "mock", ("mock:8000",)),
    ],
)
def test_a_key_is_sent_to_tiktok_to_trusted_hosts_and_a_mock_key_to_this_machine(
    base_url: str, key: str, trusted: tuple[str, ...]
) -> None:
    assert not refusal(base_url, key, *trusted)


@pytest.mark.parametrize(
    ("base_url", "key", "trusted"),
    [
        ("http://open.tiktokapis.com", REAL, ()),
        ("https://open.tiktokapis.com:8443", REAL, ()),
        ("https://open.tiktokapis.com.example.org", REAL, ()),
        ("https://open-tiktokapis.com", REAL, ()),
        ("https://xn--tiktokapis-x3a.com", REAL, ()),
        ("http://127.0.0.1:8000", REAL, ()),
        ("http://127.0.0.1:8000", REAL, ("127.0.0.1:8000",)),
        ("http://127.8.8.8", REAL, ()),
        ("https://proxy.example.org", REAL, ()),
        ("https://proxy.example.org:8443", REAL, ("proxy.example.org",)),
        ("http://proxy.example.org", REAL, ("proxy.example.org",)),
        ("http://mock:8000", "mock", ()),
        ("http://10.0.0.1", "mock", ()),
    ],
)
def test_a_key_is_sent_to_no_other_server(base_url: str, key: str, trusted: tuple[str, ...]) -> None:
    assert "not sent to " in refusal(base_url, key, *trusted)
    assert REAL not in refusal(base_url, key, *trusted)


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        (
            "http://[::1]:8000",
            "Your client key was not sent to [::1]:8000: a server on this machine gets only keys that begin with "
            "'mock'. Set TIKTOK_CLIENT_KEY=mock and TIKTOK_CLIENT_SECRET=mock-secret for a mock server, or correct the "
            "address of the API.",
        ),
        (
            "https://lab.example.org:8443",
            "Your client key and secret were not sent to lab.example.org:8443, which is not open.tiktokapis.com. If "
            "you trust this server, set TIKTOK_TRUSTED_HOST=lab.example.org:8443. Otherwise correct the address of the "
            "API.",
        ),
        (
            "http://proxy.example.org",
            "Your client key and secret were not sent to proxy.example.org: with http everybody on the way could read "
            "them. Use https, or a key that begins with 'mock'.",
        ),
    ],
)
def test_a_refusal_says_what_was_not_sent_where_and_what_to_do(base_url: str, said: str) -> None:
    assert refusal(base_url, REAL, "proxy.example.org") == said


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        (
            "https://user:secret@open.tiktokapis.com",
            "The base URL must look like https://open.tiktokapis.com, with nothing but a host and a port.",
        ),
        ("https://open.tiktokapis.com:65536", "The base URL has the port 65536; ports are 1 to 65535."),
        ("https://open.tiktokapis.com:0", "The base URL has the port 0; ports are 1 to 65535."),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_it(base_url: str, said: str) -> None:
    with pytest.raises(ValueError, match="The base URL") as caught:
        Destination.of(base_url)
    assert str(caught.value) == said


@pytest.mark.parametrize("port", [1, 65535])
def test_the_lowest_and_the_highest_port_belong_to_a_server(port: int) -> None:
    assert Destination.of(f"http://LocalHost:{port}/v2/") == Destination("http", "localhost", port)


@pytest.mark.parametrize(
    ("text", "hosts"), [(None, []), ("", []), (" ,", []), ("a:1", ["a:1"]), ("a, b,,c", ["a", " b", "c"])]
)
def test_trusted_hosts_are_separated_by_commas(text: str | None, hosts: list[str]) -> None:
    assert trusted_hosts({} if text is None else {"TIKTOK_TRUSTED_HOST": text}) == hosts


@pytest.mark.parametrize(
    "base_url",
    [
        "https://user@open.tiktokapis.com",
        "https://open.tiktokapis.com@example.org",
        "https://open.tiktokapis.com\\@example.org",
        "https://open.tiktokapis.com.",
        "https://open.tiktokapis.com#@example.org",
        "https://open.tiktokapis.com?x=1",
        "https://open.tiktokapis.com:99999",
        "https://open.tiktokapis.com:0",
        "https://open.tiktokapis.com:port",
        "http://[::1",
        "https://open.tíktokapis.com",
        "https://open.tiktokapis.com\n.example.org",
        "ftp://open.tiktokapis.com",
        "file:///etc/passwd",
        "open.tiktokapis.com",
        "",
    ],
)
def test_an_address_that_is_not_plainly_one_server_is_rejected(base_url: str) -> None:
    with pytest.raises(ValueError, match="The base URL"):
        Destination.of(base_url)
    with pytest.raises(ValueError, match="The base URL"):
        Client(base_url, credentials=Credentials("mock", "mock-secret"))


@responses.activate
def test_a_client_for_another_host_sends_nothing_until_the_user_names_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UntrustedHost, match=r"set TIKTOK_TRUSTED_HOST=proxy\.example\.org"):
        Client("https://proxy.example.org", credentials=Credentials(REAL, "secret-of-a-lab"))
    assert not responses.calls
    monkeypatch.setenv("TIKTOK_TRUSTED_HOST", "other.example.org, proxy.example.org")
    Client("https://proxy.example.org", credentials=Credentials(REAL, "secret-of-a-lab"))
