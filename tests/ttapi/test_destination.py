"""Credentials are sent to TikTok and to hosts that the user has named, and mock keys to this machine."""

import pytest
import responses

from ttapi import Client, Credentials, UntrustedHost
from ttapi.destination import Destination, check_destination

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
