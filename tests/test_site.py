"""The documentation site: every page is in its navigation, every link leads somewhere, nothing needs the network."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.site import Page, broken, is_external, pages
from tests.support import PROJECT

pytestmark = pytest.mark.slow

DOCS = PROJECT / "docs"


@pytest.fixture(scope="module")
def found(site: Path) -> list[Page]:
    return pages(site)


def _files(entry: Any) -> Iterator[str]:
    """The pages of a part of the navigation."""
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from _files(part)


def test_every_page_is_in_the_navigation_once() -> None:
    navigation = tomllib.loads((PROJECT / "zensical.toml").read_text("utf-8"))["project"]["nav"]
    assert sorted(_files(navigation)) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_no_link_within_the_site_leads_nowhere(site: Path, found: list[Page]) -> None:
    assert len(found) == len(list(DOCS.rglob("*.md")))
    assert sum(not is_external(link) for page in found for link in page.links) > 1000
    assert list(broken(site, found)) == []


def test_no_page_loads_anything_from_another_server(found: list[Page]) -> None:
    assert [(page.path.name, target) for page in found for target in page.loads if is_external(target)] == []


def test_no_code_shows_the_escape_that_a_table_of_another_reader_needs(found: list[Page]) -> None:
    # A | in the code of a table has to be escaped on some sites, and must not be on this one: use none there.
    assert [page.path.name for page in found if "\\|" in page.path.read_text("utf-8")] == []


def test_a_link_to_a_page_or_an_anchor_that_is_missing_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<h1 id="top"></h1><a href="#top"></a><a href="b.html"></a><a href="#no"></a>')
    assert list(broken(tmp_path, pages(tmp_path))) == ["a.html: b.html", "a.html: #no"]
