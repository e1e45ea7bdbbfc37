"""The report page in a real browser: accessible by axe-core, in both themes, on a phone, and on paper."""

from collections.abc import Iterator
from contextlib import chdir
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import start_browser
from tests.support import FOLDER
from tests.ttdata.publish.test_figures import panel
from tests.ttdata.worlds import build_study
from ttdata.audit import report

pytestmark = pytest.mark.slow

AXE = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
VIOLATIONS = """
const done = arguments[0];
axe.run(document).then(result => done(result.violations.map(each => [each.id, each.nodes.map(node => node.html)])));
"""
# axe-core does not check text and shapes of an SVG. [ratio, element] of those below their limit in WCAG 2 (AA).
FAINT = """
const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
const light = colour => {
  const [r, g, b] = colour.match(/[\\d.]+/g).map(part => linear(part / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const shapes = [...document.querySelectorAll("figure svg text, figure svg path[fill^=var]")].map(shape => {
  const one = light(getComputedStyle(shape).fill);
  const other = light(getComputedStyle(shape.closest("figure")).backgroundColor);
  const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  return [ratio, shape.tagName === "text" ? 4.5 : 3, shape.outerHTML];
});
return [shapes.length, shapes.filter(([ratio, least]) => !(ratio >= least))];
"""
# Elements whose content is wider than they are, and that nobody can scroll on paper.
CUT_OFF = """
const page = document.documentElement;
return [...document.querySelectorAll("main, .wide, figure, table, pre")]
  .filter(each => each.scrollWidth > each.clientWidth + 1 || each.getBoundingClientRect().right > page.clientWidth + 1)
  .map(each => each.outerHTML.slice(0, 80));
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    with chdir(folder):
        build_study(panel(), "quirks=sparse+duplicates+new-field")
        report.make_report("w", FOLDER)
        return folder / FOLDER.page("w")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    browser = start_browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.quit()


def show(
    driver: webdriver.Chrome, page: Path, *, width: int = 1200, media: str = "screen", scheme: str = "light"
) -> None:
    """Open the page in a window of this width."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    size: dict[str, Any] = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.get(page.as_uri())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 400])
def test_axe_finds_nothing(scheme: str, width: int, page: Path, driver: webdriver.Chrome) -> None:
    show(driver, page, width=width, scheme=scheme)
    driver.execute_script("for (const each of document.querySelectorAll('details')) each.open = true;")
    driver.execute_script(AXE)
    assert driver.execute_async_script(VIOLATIONS) == []
    assert not driver.get_log("browser")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_bars_of_the_figures_have_enough_contrast(scheme: str, page: Path, driver: webdriver.Chrome) -> None:
    show(driver, page, scheme=scheme)
    shapes, faint = driver.execute_script(FAINT)
    assert shapes > 200
    assert faint == []


def test_the_page_does_not_scroll_sideways_on_a_phone(page: Path, driver: webdriver.Chrome) -> None:
    show(driver, page, width=400)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("width", [687, 1010])
def test_nothing_is_cut_off_on_paper(width: int, page: Path, driver: webdriver.Chrome) -> None:
    show(driver, page, width=width, media="print", scheme="dark")  # A4 within its margins, upright and across
    assert driver.execute_script(CUT_OFF) == []
    assert driver.execute_script("return getComputedStyle(document.body).color") == "rgb(28, 36, 40)"


def test_the_numbers_of_a_figure_open_by_keyboard(page: Path, driver: webdriver.Chrome) -> None:
    show(driver, page)
    for _ in range(60):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        if driver.switch_to.active_element.tag_name == "summary":
            break
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert driver.find_element(By.CSS_SELECTOR, "figure details[open] table").is_displayed()
