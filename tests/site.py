"""The documentation site, as `make docs` builds it: its pages, their links, and what they would load."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.support import PROJECT

# Tags that load what they name, and the attribute that names it.
_LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}


@dataclass
class Page(HTMLParser):
    """What matters of one page: anchors, links, and what it loads."""

    path: Path
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors |= {name for key in ("id", "name") if (name := values.get(key))}
        if tag == "a" and (target := values.get("href")):
            self.links.append(target)
        if target := values.get(_LOADS.get(tag, "")):
            self.loads.append(target)


def build_site(folder: Path) -> None:
    """Build the site into the folder `site` of a new folder. A link to a page or an anchor that is missing fails."""
    shutil.copytree(PROJECT / "docs", folder / "docs")
    (folder / "zensical.toml").write_bytes((PROJECT / "zensical.toml").read_bytes())
    program = Path(sys.executable).parent / "zensical"
    done = subprocess.run(
        [program, "build", "--clean", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def pages(site: Path) -> list[Page]:
    """All pages, except the one that a server shows for an address without a page."""
    return [Page(path) for path in sorted(site.rglob("*.html")) if path.name != "404.html"]


def is_external(target: str) -> bool:
    return bool(urlsplit(target).scheme)


def broken(site: Path, found: list[Page]) -> Iterator[str]:
    """Links within the site that lead nowhere."""
    by_path = {page.path: page for page in found}
    for page in found:
        for target in [*page.links, *page.loads]:
            if is_external(target):
                continue
            parts = urlsplit(target)
            path = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            if path.is_dir():
                path = path / "index.html"
            anchor = unquote(parts.fragment)
            known = by_path[path].anchors if path in by_path else {anchor}
            if not path.exists() or (anchor and anchor not in known):
                yield f"{page.path.relative_to(site)}: {target}"
