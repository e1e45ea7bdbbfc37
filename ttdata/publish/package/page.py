"""The one page that `replicate` and `rehydrate` end with: what was reproduced, what was not, and what needs access."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ttdata.text import folded

OK, FAILED, SKIPPED, ACCESS, NOTE = "reproduced", "NOT reproduced", "not run", "needs access", "note"
_ORDER = (FAILED, OK, SKIPPED, ACCESS, NOTE)


@dataclass(frozen=True)
class Row:
    """One thing: how it went, what it is, and how that is known."""

    state: str
    what: str
    detail: str = ""


@dataclass
class Page:
    """A page; its first line says whether the data are invented."""

    first_line: str
    title: str
    facts: Mapping[str, str]
    rows: list[Row] = field(default_factory=list)
    tables: list[tuple[str, Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=list)

    def add(self, state: str, what: str, detail: str = "") -> None:
        self.rows.append(Row(state, _clean(what), _clean(detail)))

    @property
    def is_complete(self) -> bool:
        """Whether everything that can be reproduced was."""
        return not any(row.state in (FAILED, SKIPPED) for row in self.rows)

    def text(self) -> str:
        """For a terminal."""
        lines = [self.first_line, "", self.title, ""]
        lines += [f"{name:12}{value}" for name, value in self.facts.items()]
        for state in _ORDER:
            if rows := [row for row in self.rows if row.state == state]:
                lines += ["", f"{state.capitalize() if state != FAILED else state}:"]
                lines += [f"  * {row.what}{f': {row.detail}' if row.detail else ''}" for row in rows]
        for title, head, body in self.tables:
            lines += ["", title, "", *_table(head, body)]
        return folded("\n".join(lines), 100) + "\n"

    def write(self, folder: Path, name: str) -> None:
        """Write the page as a text and as HTML."""
        environment = Environment(
            loader=PackageLoader("ttdata.publish.package"), undefined=StrictUndefined, autoescape=select_autoescape()
        )
        html = environment.get_template("page.html").render(page=self, order=_ORDER)
        (folder / f"{name}.txt").write_text(self.text(), "utf-8")
        (folder / f"{name}.html").write_text(html, "utf-8")


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    rows = [head, *body]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    return [
        "  " + "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]  # fmt: skip


def _clean(text: str) -> str:
    """A text of a package, which anyone may have made, without what could steer a terminal."""
    return "".join(each if each.isprintable() or each == "\n" else "?" for each in text)
