"""Writes docs/reference/mock-behaviours.md from the tables in mockserver/behaviours. Run by `make docs`."""

import re
from collections import Counter
from pathlib import Path

from mockserver.behaviours.fidelity import KINDS, Behaviour, behaviours
from ttdata.publish.codebook import cell

PAGE = Path(__file__).parent / "reference" / "mock-behaviours.md"

HEAD = """# What the mock server does, and how we know

Generated from `mockserver/behaviours` by `make docs`. Each behaviour has a class, a source and a test. None of them was
compared with the real API. [What the mock knows](../explanation/the-mock.md) explains what follows from that.

"""
# The prefixes of sources in behaviours.yaml.
_PREFIXES = {
    "D:": "developers.tiktok.com/doc/",
    "H:": "github.com/CybersecurityForDemocracy/tiktok-library/",
    "T:": "github.com/JBGruber/traktok/",
}


def page() -> str:
    """The whole page."""
    rows = behaviours()
    counts = Counter(row.kind for row in rows)
    text = HEAD + "| class | known from | behaviours |\n|---|---|---|\n"
    text += "".join(f"| [{kind}](#{kind}) | {where} | {counts[kind]} |\n" for kind, where in KINDS.items())
    for kind in KINDS:
        text += f"\n## {kind.capitalize()}\n\n| behaviour | what the mock does | source |\n|---|---|---|\n"
        text += "".join(_row(row) for row in rows if row.kind == kind)
    return text


def _row(row: Behaviour) -> str:
    return f"| {_plain(row.name)} | {_plain(row.says)} | {_plain(_source(row.source))} |\n"


def _source(text: str) -> str:
    return re.sub(r"\b([DHT]:)(?=\S)", lambda prefix: _PREFIXES[prefix[1]], text)


def _plain(text: str) -> str:
    """A text as a cell in which no character means anything to Markdown."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", cell(text))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
