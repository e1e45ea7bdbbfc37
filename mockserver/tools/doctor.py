"""Checks of an installation and of a running server: what is in order, and what would surprise a client."""

import platform
import socket
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import orjson
import requests

from mockserver.search.columns import QUERY_COLUMNS
from mockserver.search.records import video_records
from mockserver.version import VERSION
from mockserver.world.times import EPOCH
from mockserver.world.world import World

_PACKAGES = ("aiohttp", "numpy", "orjson", "pyyaml", "requests", "responses")
# Of records, accounts and comments in the world of seed 1 with 100,000 videos. A new field does not change it.
GOLDEN = "60eac94a4af2c008b3fe4ad032cb2912b73a08efc8c3d592822ed6d57b6c27b0"
_GOLDEN_FIELDS = (
    *("id", "create_time", "username", "region_code", "video_description", "music_id", "like_count", "comment_count"),
    *("share_count", "view_count", "hashtag_names", "is_stem_verified", "favorites_count", "video_duration"),
    *("hashtag_info_list", "sticker_info_list", "video_mention_list", "video_label", "effect_ids", "playlist_id"),
    *("voice_to_text", "effect_info_list", "video_tag"),
)
_TIMEOUT = 10.0


@dataclass(frozen=True)
class Finding:
    """One sentence. is_well: it would not surprise a client."""

    is_well: bool
    message: str


def report_as_json(results: Sequence[Finding]) -> str:
    """The findings for scripts. healthy: whether none would surprise a client."""
    checks = [{"ok": finding.is_well, "message": finding.message} for finding in results]
    return orjson.dumps({"healthy": all(each["ok"] for each in checks), "checks": checks}).decode()


def findings(url: str, *, is_expected: bool, admin_token: str | None) -> Iterator[Finding]:
    """All findings about this installation and the server at `url`. is_expected: whether one must be running."""
    yield _versions()
    yield _same_bytes()
    yield _listening()
    yield _proxies(url)
    yield from _server(url, is_expected=is_expected, admin_token=admin_token)


# The installation


def _versions() -> Finding:
    installed, missing = [f"Python {platform.python_version()}"], []
    for name in _PACKAGES:
        try:
            installed.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding(False, f"Not installed: {', '.join(missing)}. Install them with: pip install 'ttdata[mock]'")
    return Finding(True, f"Version {VERSION}, {', '.join(installed)}.")


def world_digest(world: World) -> str:
    """A digest of a thousand videos, twenty accounts and the comments of one video; the same on every machine."""
    records = video_records(world.videos(np.arange(50_000, 51_000)), EPOCH, _GOLDEN_FIELDS, QUERY_COLUMNS)
    users = [world.user(account, EPOCH) for account in range(20)]
    comments = world.comments(60_001)
    threads = comments.records(comments.listing(EPOCH), EPOCH)
    return sha256(orjson.dumps([records, users, threads], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _same_bytes() -> Finding:
    if world_digest(World(1, 100_000)) == GOLDEN:
        return Finding(True, "The world of seed 1 is the same here as on other machines.")
    return Finding(False, "The world of seed 1 differs from that on other machines. Please report this with line 1.")


def _listening() -> Finding:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return Finding(True, "A server can listen on 127.0.0.1.")
    except OSError as error:
        return Finding(False, f"A server cannot listen on 127.0.0.1: {error.strerror}.")


def _proxies(url: str) -> Finding:
    host = urlsplit(url).hostname or ""
    if "http" in urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return Finding(False, f"HTTP_PROXY is set, so programs reach {host} through that proxy. Set NO_PROXY={host}.")
    return Finding(True, f"Programs reach {host} without a proxy.")


# The server


def _server(url: str, *, is_expected: bool, admin_token: str | None) -> Iterator[Finding]:
    status, health = _get(url, "health")
    if status == 0:
        hint = "" if is_expected else " Start one with: python -m mockserver"
        yield Finding(not is_expected, f"No server is running at {url}.{hint}")
        return
    if status != 200 or not isinstance(health, dict) or health.get("status") != "ok":
        yield Finding(False, f"Another program, not the mock, is running at {url}. Choose another --port for the mock.")
        return
    is_same = health.get("version") == VERSION
    yield Finding(is_same, f"A mock server of version {health.get('version')} is running at {url}.")
    yield _reachable(url)
    status, tenants = _get(url, "tenants", admin_token or "")  # now it is known to be a mock, it may get the token
    if status == 403:
        yield Finding(
            admin_token is None,
            "This is not the admin token that the server printed when it started."
            if admin_token
            else "Clients were not checked. For that, pass the --admin-token that the server printed when it started.",
        )
        return
    yield Finding(True, f"The admin token is right. Client keys in use: {len(tenants)}.")
    for tenant in tenants:
        yield from _tenant(tenant)


def _get(url: str, path: str, admin_token: str | None = None) -> tuple[int, Any]:
    """The status and the JSON of a page of /__mock__/; status 0 without an answer. Sends no token if it is None."""
    headers = {} if admin_token is None else {"X-Mock-Admin-Token": admin_token}
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.get(f"{url.rstrip('/')}/__mock__/{path}", headers=headers, timeout=_TIMEOUT)
        except requests.RequestException:
            return 0, None
    try:
        return answer.status_code, answer.json()
    except requests.JSONDecodeError:
        return answer.status_code, None


def _reachable(url: str) -> Finding:
    """Whether other computers can reach the server: tries the addresses of this one."""
    port = urlsplit(url).port or 80
    for address in _addresses():
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            continue
        return Finding(False, f"It also listens on {address}, so other computers can reach it. Leave out --host.")
    return Finding(True, "Only this computer can reach it.")


def _addresses() -> set[str]:
    """This computer's addresses except the loopback. A UDP socket looks up its own address; nothing is sent."""
    addresses = set()
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                addresses.add(probe.getsockname()[0])
        except OSError:
            continue
    return {address for address in addresses if not address.startswith("127.") and address != "::1"}


def _tenant(tenant: dict[str, Any]) -> Iterator[Finding]:
    name, quirks = tenant["tenant"], tenant["quirks"]
    state = "is stopped at" if tenant["frozen"] else "is at"
    active = f"; quirks: {', '.join(quirks)}" if quirks else ""
    yield Finding(True, f"{name}: the clock {state} {tenant['now'][:16].replace('T', ' ')} UTC{active}.")
    for bucket, meter in tenant["quota"].items():
        if meter["used"] >= meter["limit"]:
            spent = f"today's {bucket} quota is spent ({meter['used']:,} of {meter['limit']:,})"
            yield Finding(False, f"{name}: {spent}. It resets at 12 AM UTC by the client's clock.")
    if left := tenant["faults"]["left"]:
        steps = [step for plan in tenant["faults"]["plans"] for step in plan["left"]]
        yield Finding(False, f"{name}: planned faults that have not happened ({left}): {', '.join(steps[:5])}.")
    removed = [member for member, has_access in tenant["collaborators"].items() if not has_access]
    if removed:
        yield Finding(True, f"{name}: removed collaborators, who get no token: {', '.join(removed)}.")
