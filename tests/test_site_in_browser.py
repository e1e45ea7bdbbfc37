"""The documentation site in a real browser: accessible by axe-core, in both themes, on a phone, by keyboard."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser import start_browser
from tests.site import pages

pytestmark = pytest.mark.slow

AXE = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
VIOLATIONS = """
const [done, rules] = [arguments[1], arguments[0]];
axe.run(document, {resultTypes: ["violations"], rules}).then(
  result => done(result.violations.map(each => [each.id, each.nodes.map(node => node.html.slice(0, 200))])));
"""
# A page of each kind. All others have the same parts, so they are checked without the slow computing of colours.
KINDS = ("index", "tutorial/first-figure", "examples/random-sample", "howto/lab", "reference/exit-statuses", "limits")
# The theme's search is a part of its own, which appears when its keys are pressed.
IS_OPEN = "return document.activeElement.shadowRoot !== null"
RESULTS = "return document.activeElement.shadowRoot?.textContent"
SCHEMES = ("light", "dark")
WIDTHS = (1200, 400)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site on a port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory, scheme: str) -> Iterator[webdriver.Chrome]:
    """A browser that has never seen the site: the theme remembers the scheme of the first visit."""
    browser = start_browser(tmp_path_factory.mktemp("browser"))
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    yield browser
    browser.quit()


def show(driver: webdriver.Chrome, page: str, *, width: int = 1200) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.get(page)


def violations(driver: webdriver.Chrome, *, colours: bool = True) -> object:
    driver.execute_script(AXE)
    return driver.execute_async_script(VIOLATIONS, {} if colours else {"color-contrast": {"enabled": False}})


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", KINDS)
def test_axe_finds_nothing(page: str, width: int, driver: webdriver.Chrome, address: str, scheme: str) -> None:
    show(driver, f"{address}/{page}.html", width=width)
    assert driver.execute_script("return document.body.dataset.mdColorScheme") == {"dark": "slate"}.get(
        scheme, "default"
    )
    assert violations(driver) == []
    assert not driver.get_log("browser")


def test_the_browser_asks_no_other_server(driver: webdriver.Chrome, address: str) -> None:
    show(driver, f"{address}/index.html")
    loaded = driver.execute_script("return performance.getEntriesByType('resource').map(each => each.name)")
    assert len(loaded) > 3
    assert [name for name in loaded if not name.startswith(address)] == []


def test_the_search_is_opened_and_used_by_keyboard(driver: webdriver.Chrome, address: str) -> None:
    show(driver, f"{address}/index.html")
    wait = WebDriverWait(driver, 10)
    wait.until(lambda _: driver.execute_script("return document.readyState") == "complete")
    ActionChains(driver).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
    wait.until(lambda _: driver.execute_script(IS_OPEN))
    driver.switch_to.active_element.send_keys("tombstone")
    wait.until(lambda _: "results" in (driver.execute_script(RESULTS) or ""))
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    wait.until(lambda _: "tombstone" in driver.current_url and "index.html" not in driver.current_url)


def test_the_first_tab_offers_to_skip_to_the_content(driver: webdriver.Chrome, address: str) -> None:
    show(driver, f"{address}/study.html")
    ActionChains(driver).send_keys(Keys.TAB).perform()
    assert str(driver.switch_to.active_element.get_attribute("textContent")).strip() == "Skip to content"


def test_axe_finds_nothing_but_for_colours_on_any_page_on_a_phone(
    driver: webdriver.Chrome, address: str, site: Path, scheme: str
) -> None:
    if scheme == "dark":
        pytest.skip("colours are not looked at, so one scheme is enough")
    found = {}
    for page in pages(site):
        show(driver, f"{address}/{page.path.relative_to(site)}", width=400)
        if problems := violations(driver, colours=False):
            found[page.path.name] = problems
        if driver.execute_script("return document.documentElement.scrollWidth") > 400:
            found[f"{page.path.name} is too wide"] = True
    assert found == {}
