"""The pytest plugin as another project uses it: in a separate run with two workers."""

import os
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.support import PROJECT

SUITE = """
import socket
import sys

import pytest
import requests


def request_info(mock, **body):
    form = {"client_key": mock.client_key, "client_secret": mock.client_secret, "grant_type": "client_credentials"}
    token = requests.post(mock.url + "/v2/oauth/token/", data=form, timeout=5).json()["access_token"]
    return requests.post(
        mock.url + "/v2/research/user/info/?fields=display_name",
        json={"username": "mock_empty"}, headers={"Authorization": "Bearer " + token}, timeout=5,
    )


def test_in_process(tiktok_mock):
    assert tiktok_mock.url == "https://open.tiktokapis.com"
    assert request_info(tiktok_mock).status_code == 200
    assert [call["endpoint"] for call in tiktok_mock.calls] == ["user.info"]


@pytest.mark.parametrize("turn", range(4))
def test_on_a_socket_with_nothing_left_of_another_test(tiktok_mock_server, turn):
    assert tiktok_mock_server.url.startswith("http://127.0.0.1:")
    assert tiktok_mock_server.calls == []
    assert request_info(tiktok_mock_server).status_code == 200


@pytest.mark.tiktok(quota=1)
def test_by_proxy(tiktok_mock_proxy):
    assert tiktok_mock_proxy.url == "https://open.tiktokapis.com"
    assert [request_info(tiktok_mock_proxy).status_code for _ in range(2)] == [200, 429]


@pytest.mark.tiktok(key="mock:quota=1")
def test_key(tiktok_mock):
    assert [request_info(tiktok_mock).status_code for _ in range(2)] == [200, 429]


@pytest.mark.tiktok(quota=1, unapproved=True)
def test_options(tiktok_mock):
    assert request_info(tiktok_mock).json()["error"]["code"] == "scope_not_authorized"


@pytest.mark.tiktok(scenario={"faults": [{"do": "internal_error"}]}, quirks=["null-bytes"], now="2026-07-01T00:00:00Z")
def test_scenario(tiktok_mock_server):
    assert "null-bytes" in tiktok_mock_server.tenant.quirks
    answer = request_info(tiktok_mock_server)
    assert answer.status_code == 500
    assert "01 Jul 2026" in answer.headers["Date"]


@pytest.mark.tiktok(scenario={"faults": [{"do": ["internal_error", "reset"]}]})
def test_left_over(tiktok_mock):
    assert request_info(tiktok_mock).status_code == 500


@pytest.mark.tiktok(scenario={"faults": [{"do": "internal_error"}]})
def test_fails_for_its_own_reason(tiktok_mock):
    assert False, "my own reason"


@pytest.mark.tiktok(quota=1, virtual_sleep=True)
def test_waiting_for_midnight(tiktok_mock_server):
    import time
    assert [request_info(tiktok_mock_server).status_code for _ in range(2)] == [200, 429]
    time.sleep(86_400)
    assert request_info(tiktok_mock_server).status_code == 200


@pytest.mark.tiktok(scenarios="flaky")
def test_misspelt_option(tiktok_mock):
    pass


@pytest.mark.tiktok(scenario="flakey")
def test_misspelt_scenario(tiktok_mock):
    pass


@pytest.mark.tiktok(quirks=["no-such"])
def test_misspelt_quirk(tiktok_mock):
    pass


@pytest.mark.tiktok("bursts")
def test_misspelt_name(tiktok_mock):
    pass


@pytest.mark.tiktok(key="my-key")
def test_misspelt_key(tiktok_mock):
    pass


def test_the_real_host_is_not_found(tiktok_mock_server):
    with pytest.raises(OSError, match="let nothing reach the real"):
        socket.getaddrinfo("open.tiktokapis.com", 443)
    with pytest.raises(requests.ConnectionError):
        requests.get("https://open.tiktokapis.com/", timeout=5)


def test_look_ups_lead_to_the_tls_port(tiktok_mock_proxy):
    import ssl, urllib.request
    without_proxy = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ssl.create_default_context())
    )
    assert without_proxy.open("https://open.tiktokapis.com/v2/oauth/token/", b"", 5).status == 200


@pytest.fixture
def without(request, monkeypatch):
    monkeypatch.setitem(sys.modules, request.param, None)
    for name in [name for name in sys.modules if name.startswith("mockserver.adapters.")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize("without", ["responses"], indirect=True)
def test_missing_for_requests(without, tiktok_mock):
    pass


@pytest.mark.parametrize("without", ["aiohttp"], indirect=True)
def test_missing_for_server(without, tiktok_mock_server):
    pass


@pytest.mark.parametrize("without", ["cryptography"], indirect=True)
def test_missing_for_proxy(without, tiktok_mock_proxy):
    pass
"""

# A module of which the outermost marker has a key
MARKED = """
import pytest

from mockserver.behaviours.faults import scenario_named

pytestmark = pytest.mark.tiktok(key="mock:seed=2,quota=1", scenario="bursts", now="2026-07-01", unapproved=True)


@pytest.mark.tiktok(quota=5, virtual_sleep=True)
class TestMerged:
    @pytest.mark.tiktok(unapproved=False, scenario=None)
    def test_merged_options(self, tiktok_mock):
        assert tiktok_mock.client_key == "mock:seed=2,quota=5"
        assert tiktok_mock.tenant.faults.plans == []
        assert tiktok_mock.core.defaults.now == 1_782_864_000

    @pytest.mark.tiktok(key="mock:quota=7,now=2026-08-01,scenario=flaky", seed=3)
    def test_merged_key(self, tiktok_mock):
        assert tiktok_mock.client_key == "mock:unapproved,quota=7,now=2026-08-01,scenario=flaky,seed=3"
        assert tiktok_mock.tenant.options.now == 1_785_542_400
        assert tiktok_mock.tenant.faults.plans == list(scenario_named("flaky").plans)
        tiktok_mock.assert_all_faults_happened = lambda: None

    @pytest.mark.tiktok(key="mock:quirks=null-bytes", scenario=None)
    @pytest.mark.tiktok(quirks=["user-500"], quota=9)
    def test_merged_decorators(self, tiktok_mock):
        assert tiktok_mock.tenant.quirks == {"user-500"}
        assert tiktok_mock.tenant.options.quota == 9
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outcome of each test of the suite: "passed", or its report."""
    directory = tmp_path_factory.mktemp("project")
    (directory / "test_suite.py").write_text(SUITE)
    (directory / "test_markers.py").write_text(MARKED)
    (directory / "test_of_the_documents.py").write_text(_python(PROJECT / "docs/mockserver.md"))
    loaded = ["-p", "xdist", "-p", "mockserver.pytest_plugin"]
    command = [sys.executable, "-m", "pytest", *loaded, "--strict-markers", "-n", "2", "--junitxml=out.xml", "-q"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(PROJECT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (directory / "out.xml").exists(), result.stdout + result.stderr
    return _read(directory / "out.xml")


def _python(document: Path) -> str:
    """The first Python example of a page."""
    return document.read_text("utf-8").partition("```python\n")[2].partition("```")[0]


def _read(file: Path) -> dict[str, str]:
    outcomes: dict[str, str] = {}
    for case in ElementTree.parse(file).iter("testcase"):  # noqa: S314
        report = " ".join((part.get("message") or "") + (part.text or "") for part in case if part.tag != "properties")
        name = case.get("name") or ""
        outcomes[name] = " ".join(filter(None, (outcomes.get(name, "").replace("passed", ""), report))) or "passed"
    return outcomes


def test_an_installation_of_the_mock_has_the_pytest_plugin() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"tiktok_mock": "mockserver.pytest_plugin"}


@pytest.mark.slow
def test_the_fixtures_and_the_marker_work_under_xdist_as_in_the_documents(outcomes: dict[str, str]) -> None:
    bad = ("test_left", "test_fails", "test_misspelt", "test_missing")
    good = [name for name in outcomes if not name.startswith(bad)]
    assert len(good) == 18
    assert {name: outcomes[name] for name in good} == dict.fromkeys(good, "passed")


@pytest.mark.slow
def test_a_planned_fault_that_did_not_happen_fails_the_test(outcomes: dict[str, str]) -> None:
    assert "did not happen" in outcomes["test_left_over"]


@pytest.mark.slow
def test_a_test_that_failed_for_its_own_reason_reports_only_that(outcomes: dict[str, str]) -> None:
    assert "my own reason" in outcomes["test_fails_for_its_own_reason"]
    assert "did not happen" not in outcomes["test_fails_for_its_own_reason"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("option", "scenario, quirks, key, now, virtual_sleep"),
        ("scenario", "flaky"),
        ("quirk", "null-bytes"),
        ("name", "'bursts' has no name. Write it as one of: scenario"),
        ("key", "no client key 'my-key'. Use `mock`"),
    ],
)
def test_a_misspelt_argument_is_reported_with_the_available_ones(
    outcomes: dict[str, str], name: str, word: str
) -> None:
    assert word in outcomes[f"test_misspelt_{name}"]
    assert "Traceback" not in outcomes[f"test_misspelt_{name}"]
    assert "pytest_plugin.py" not in outcomes[f"test_misspelt_{name}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("test", "package", "extra"),
    [
        ("requests", "responses", "mock"),
        ("server", "aiohttp", "mock"),
        ("proxy", "cryptography", "mock,proxy"),
    ],
)
def test_a_missing_package_is_reported_with_the_extra_that_installs_it(
    outcomes: dict[str, str], test: str, package: str, extra: str
) -> None:
    report = outcomes[f"test_missing_for_{test}[{package}]"]
    assert f"needs the package {package}, which is not installed: pip install 'ttdata[{extra}]'" in report
    assert "Traceback" not in report
    assert "ModuleNotFoundError" not in report
