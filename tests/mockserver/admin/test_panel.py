"""The control page in a real browser, as a person uses it. Skipped without Chromium."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest
import requests
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from mockserver.adapters.mock import Mock
from mockserver.adapters.threads import InThread
from mockserver.core import Core
from mockserver.tenants.options import SECRET, Options
from tests.browser import start_browser

ADMIN = "admin-of-the-tests"


class Page:
    """The page in a browser, and the API behind it."""

    def __init__(self, driver: webdriver.Chrome, mock: Mock) -> None:
        self.driver, self.mock = driver, mock
        self.url = mock.url + "/__mock__/"

    def open(self, fragment: str = "#token=" + ADMIN) -> "Page":
        self.driver.get("about:blank")
        self.driver.get(self.url + fragment)
        return self

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def click(self, selector: str) -> None:
        self.wait_for(lambda: self.find(selector).is_displayed())
        self.find(selector).click()

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def wait_for(self, condition: object) -> None:
        assert callable(condition)
        redrawn = [StaleElementReferenceException]  # an element was replaced while it was read
        WebDriverWait(self.driver, 10, 0.02, ignored_exceptions=redrawn).until(lambda _: condition())

    def wait_for_text(self, selector: str, text: str) -> None:
        self.wait_for(lambda: text in self.text(selector))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def tab_to(self, name: str) -> None:
        """Press Tab until the element with that id or value has the focus."""
        for _ in range(150):
            focused = self.driver.switch_to.active_element
            if name in (focused.get_attribute("id"), focused.get_attribute("value")):
                return
            self.press(Keys.TAB)
        pytest.fail(f"Tab never reached {name}")

    def token(self, key: str) -> dict[str, str]:
        form = {"client_key": key, "client_secret": SECRET, "grant_type": "client_credentials"}
        answer: dict[str, str] = requests.post(self.mock.url + "/v2/oauth/token/", data=form, timeout=10).json()
        return answer

    def search(self, key: str = "mock", **body: object) -> requests.Response:
        """Send one search to the API."""
        token = self.token(key)["access_token"]
        everything = {"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}]}
        body = {"query": everything, "start_date": "20250101", "end_date": "20250115", "max_count": 20} | body
        url = self.mock.url + "/v2/research/video/query/?fields=id,username"
        return requests.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=10)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    browser = start_browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.quit()


@pytest.fixture
def page(driver: webdriver.Chrome) -> Iterator[Page]:
    with InThread(Core(defaults=Options(videos=20_000), admin_token=ADMIN)) as mock:
        yield Page(driver, mock)
        assert not [entry for entry in driver.get_log("browser") if entry["source"] != "network"]


@pytest.mark.slow
def test_midnight_resets_the_quota(page: Page) -> None:
    page.search()
    page.search()
    page.open().wait_for_text("[data-bucket=general] output", "2 of 1,000")
    page.click("#midnight")
    page.wait_for_text("[data-bucket=general] output", "0 of 1,000")
    assert page.find("[data-bucket=general] [role=meter]").get_attribute("aria-valuenow") == "0"
    page.wait_for_text("#now", "00:00:0")
    assert "2 June 2026" in page.text("#now-day")


@pytest.mark.slow
def test_a_quirk_switched_on_shows_in_the_journal(page: Page) -> None:
    search_id = page.search().json()["data"]["search_id"]
    page.open().click("#quirks input[value=cursor-refused]")
    page.wait_for_text("#message", "cursor-refused is on")
    assert page.search(search_id=search_id, cursor=20).json()["error"]["message"] == "Invalid count or cursor"
    page.wait_for_text("#journal li:first-child summary", "invalid_params")
    assert "cursor-refused" in page.text("#journal li:first-child summary")
    page.click("#journal li:first-child summary")
    assert "issue 89" in page.text("#journal li:first-child dl")


def test_everything_can_be_done_with_the_keyboard_alone(page: Page) -> None:
    page.open(fragment="")
    page.driver.execute_script("sessionStorage.clear()")
    page.open(fragment="").wait_for(lambda: page.driver.switch_to.active_element.get_attribute("id") == "token")
    page.press(ADMIN, Keys.ENTER)
    page.wait_for(lambda: page.driver.switch_to.active_element.get_attribute("id") == "midnight")
    page.press(Keys.ENTER)
    page.wait_for_text("#now-day", "2 June 2026")
    page.tab_to("long-windows")
    page.press(Keys.SPACE)
    page.wait_for_text("#message", "long-windows is on")
    assert page.search().status_code == 500
    page.wait_for_text("#journal li:first-child summary", "500")


def test_a_quota_used_up_on_the_page_refuses_the_next_request(page: Page) -> None:
    page.open().click("[data-bucket=general] [data-used=all]")
    page.wait_for_text("[data-bucket=general] output", "1,000 of 1,000")
    assert page.search().json()["error"]["code"] == "daily_quota_limit_exceeded"
    page.click("[data-bucket=general] [data-used=none]")
    page.wait_for_text("[data-bucket=general] output", "0 of 1,000")
    assert page.search().status_code == 200


@pytest.mark.slow
def test_a_scenario_can_be_started_and_ended(page: Page) -> None:
    page.open().wait_for(lambda: page.find("#scenario option[value], #scenario option"))
    page.find("#scenario").send_keys("outage")
    page.click("#play button")
    page.wait_for_text("#message", "outage has started")
    assert page.search().status_code == 500
    page.wait_for_text("#plans", "any endpoint: 1 done, chance 100 %")
    page.click("#stop")
    page.wait_for_text("#plans", "No fault is planned")
    page.mock.play({"faults": [{"match": {"endpoint": "user.info"}, "do": ["reset", "stall"]}]})
    page.wait_for_text("#plans", "user.info: 0 done, 2 left")
    page.click("#stop")
    page.wait_for_text("#plans", "No fault is planned")
    assert page.search().status_code == 200


def test_another_client_key_has_its_own_quota(page: Page) -> None:
    page.search()
    page.open().wait_for_text("[data-bucket=general] output", "1 of 1,000")
    page.find("#tenant").clear()
    page.find("#tenant").send_keys("mock:quota=5", Keys.ENTER)
    page.wait_for_text("[data-bucket=general] output", "0 of 5")


def test_a_client_key_with_an_unknown_option_is_reported(page: Page) -> None:
    page.open().wait_for_text("[data-bucket=general] output", "0 of 1,000")
    page.find("#tenant").clear()
    page.find("#tenant").send_keys("mock:speed=5", Keys.ENTER)
    page.wait_for_text("#message", "speed")
    assert page.find("#tenant").get_attribute("value") == "mock"


def test_a_wrong_token_shows_nothing_and_the_right_one_is_removed_from_the_address(page: Page) -> None:
    page.open(fragment="#token=wrong").wait_for_text("#message", "not the admin token")
    assert not page.find("#midnight").is_displayed()
    page.open().wait_for(lambda: page.find("#midnight").is_displayed())
    assert page.driver.current_url == page.url


def test_ids_are_shown_with_all_digits(page: Page) -> None:
    page.open().wait_for(lambda: page.find("#videos code").text)
    headers, query = {"X-Mock-Admin-Token": ADMIN}, {"tenant": "mock", "count": 20}
    videos = requests.get(page.url + "videos", query, headers=headers, timeout=10).json()["videos"]
    shown = [code.text for code in page.driver.find_elements(By.CSS_SELECTOR, "#videos code")]
    assert shown == [str(video["id"]) for video in videos]


def members(page: Page) -> list[str]:
    return [item.text.replace("\n", " ") for item in page.driver.find_elements(By.CSS_SELECTOR, "#members li")]


@pytest.mark.slow
def test_a_collaborator_can_be_added_and_removed_on_the_page(page: Page) -> None:
    page.open().wait_for_text("#members", "No collaborator yet.")
    page.find("#member").send_keys("ann", Keys.ENTER)
    page.wait_for(lambda: members(page) == ["ann has access Remove"])
    page.wait_for(lambda: page.find("#member").get_attribute("value") == "")
    page.click("#members button")
    page.wait_for(lambda: members(page) == ["ann was removed Give access again"])
    page.wait_for(lambda: page.driver.switch_to.active_element.text == "Give access again")
    assert page.token("mock:member=ann")["error"] == "invalid_client"
    page.press(Keys.ENTER)
    page.wait_for(lambda: members(page) == ["ann has access Remove"])
    assert "access_token" in page.token("mock:member=ann")


@pytest.mark.slow
def test_a_tenth_collaborator_is_refused_with_a_reason(page: Page) -> None:
    for number in range(9):
        page.token(f"mock:member=m{number}")
    page.open().wait_for(lambda: len(members(page)) == 9)
    page.find("#member").send_keys("tenth", Keys.ENTER)
    page.wait_for_text("#message", "up to 9 collaborators")
    sleep(1.5)  # the page updates itself every second, and must not remove the message
    assert "up to 9 collaborators" in page.text("#message")
    assert page.find("#member").get_attribute("value") == "tenth"


@pytest.mark.slow
def test_a_snapshot_is_restored_to_the_last_digit(page: Page) -> None:
    task = page.search(is_random=False).json()["data"]["search_id"]
    page.open().wait_for_text("[data-bucket=general] output", "1 of 1,000")
    assert not page.find("#restore").is_enabled()
    page.click("#take")
    page.wait_for_text("#message", "snapshot is taken")
    before = page.mock.core.tenants["mock"]
    page.search()
    page.click("#midnight")
    page.wait_for_text("#now-day", "2 June 2026")
    page.click("#restore")
    page.wait_for_text("#now-day", "1 June 2026")
    page.wait_for_text("[data-bucket=general] output", "1 of 1,000")
    after = page.mock.core.tenants["mock"]
    assert after is not before
    assert task in after.searches


@pytest.mark.slow
def test_a_snapshot_can_be_saved_as_a_file_and_restored_from_it(page: Page, tmp_path: Path) -> None:
    page.search()
    allowed = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", allowed)
    page.open().click("#take")
    page.click("#keep")
    file = tmp_path / "mock-state.json"
    page.wait_for(file.exists)
    page.click("#reset")
    page.wait_for_text("[data-bucket=general] output", "0 of 1,000")
    page.find("#file").send_keys(str(file))
    page.wait_for_text("[data-bucket=general] output", "1 of 1,000")


def test_a_file_that_is_not_a_snapshot_changes_nothing(page: Page, tmp_path: Path) -> None:
    page.search()
    (tmp_path / "state.json").write_text('{"format": 0}')
    page.open().wait_for_text("[data-bucket=general] output", "1 of 1,000")
    page.find("#file").send_keys(str(tmp_path / "state.json"))
    page.wait_for_text("#message", "A snapshot must have format 2")
    assert page.mock.core.tenants["mock"].meters()["general"]["used"] == 1


def test_a_client_can_be_reset(page: Page) -> None:
    page.search()
    page.open().wait_for_text("#journal li:first-child summary", "video.query")
    page.click("#reset")
    page.wait_for_text("#message", "mock is reset")
    page.wait_for_text("#journal", "No call yet.")
    page.wait_for_text("[data-bucket=general] output", "0 of 1,000")


@pytest.mark.slow
def test_every_control_has_a_name(page: Page) -> None:
    page.open().wait_for(lambda: page.find("#videos code").text)
    controls = page.driver.find_elements(By.CSS_SELECTOR, ".column :is(button, input, select, summary, [role=meter])")
    assert len(controls) > 40
    assert not [control.get_attribute("outerHTML") for control in controls if not control.accessible_name]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(page: Page, scheme: str) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    page.open().wait_for(lambda: page.find("#videos code").text)
    script = (Path(__file__).parent / "contrast.js").read_text()
    poor = page.driver.execute_script(script)
    assert not poor, f"contrast below 4.5: {poor}"


@pytest.mark.parametrize("width", [320, 400, 768, 1280])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.open().wait_for(lambda: page.find("#videos code").text)
    wide = page.driver.execute_script(
        "return [...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth + 1 && "
        "e.clientWidth && !['INPUT', 'SELECT'].includes(e.tagName) && !e.matches('.visually-hidden, .skip'))"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert not wide
