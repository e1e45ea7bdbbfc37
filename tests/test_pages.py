"""The tutorial and the worked examples: each block is run, and prints what the page shows."""

import re
from pathlib import Path

import click
import pytest

from mockserver.__main__ import main as tiktok_mock
from tests.pages.blocks import blocks, commands, difference, figures, refreshed
from tests.pages.runner import DOCS, Reader, readers
from tests.support import PROJECT
from ttapi.cli import main as ttapi
from ttdata.cli.main import main as ttdata

PROGRAMS: dict[str, click.Command] = {"ttdata": ttdata, "ttapi": ttapi, "tiktok-mock": tiktok_mock}


@pytest.mark.slow
@pytest.mark.snakemake
@pytest.mark.parametrize("name", readers())
def test_each_block_prints_what_its_page_shows(name: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for page in readers()[name]:
        text = reader.read(page)
        drawn = [(reader.here / figure).read_bytes() for figure in figures(text)]
        assert all(b"<svg" in picture for picture in drawn), page.name
        assert all((page.parent / "figures" / figure).exists() for figure in figures(text)), page.name
    assert reader.differences == [], "run `python -m tests.pages`"


def test_the_pages_of_the_tutorial_and_the_examples_have_a_figure_each() -> None:
    assert len(readers()) == 7
    assert all(any(figures(page.read_text("utf-8")) for page in pages) for pages in readers().values())


def test_the_tutorial_installs_as_the_readme_does() -> None:
    # tests/test_readme.py runs the block of the README.
    first, *_ = blocks((DOCS / "tutorial/install.md").read_text("utf-8"))
    assert f"```console\n{first.text}```" in (PROJECT / "README.md").read_text("utf-8")


def test_every_command_of_every_page_exists_with_its_options() -> None:
    unknown = []
    for page in [PROJECT / "README.md", *DOCS.rglob("*.md")]:
        for block in blocks(page.read_text("utf-8")):
            if block.language != "console" or not block.text.startswith("$ "):
                continue
            unknown += [f"{page.name}: {problem}" for command, _ in commands(block) if (problem := _problem(command))]
    assert unknown == []


def _problem(command: str) -> str:
    """What is wrong with the name or the options of the last command of ours in a line; "" if nothing is."""
    last = command.replace("\\\n", "").rsplit("&& ", 1)[-1]
    words = re.sub(r"[|>;&#].*", "", last, flags=re.DOTALL).split()
    words = words[next((n for n, word in enumerate(words) if not re.match(r"[A-Z_]+=", word)), len(words)) :]
    if not words or words[0] not in PROGRAMS:
        return ""
    found, arguments = PROGRAMS[words[0]], words[1:]
    try:
        while isinstance(found, click.Group):
            context = click.Context(found, info_name=words[0], resilient_parsing=True)
            _, arguments, _ = found.make_parser(context).parse_args(list(arguments))
            if not arguments:
                return ""
            name, *arguments = arguments
            child = found.get_command(context, name)
            if child is None:
                return f"{words[0]} {name}"
            found = child
        options = arguments[: arguments.index("--")] if "--" in arguments else arguments
        found.make_parser(click.Context(found)).parse_args(list(options))
    except click.UsageError as error:
        return f"{command}: {error.format_message()}"
    return ""


def test_an_output_differs_unless_it_is_shown_as_it_is() -> None:
    assert difference(["a", "b"], ["a", "b"]) == ""
    assert difference(["a", "…", "d"], ["a", "b", "c", "d"]) == ""
    assert "shown" in difference(["a", "…", "d"], ["a", "b", "c"])
    assert "shown" in difference(["a", "b"], ["a"])
    assert "shown" in difference(["…", "a", "b"], ["b"])


def test_what_was_left_out_of_an_output_stays_left_out() -> None:
    assert refreshed(["$", "…", "Built a", "x"], ["$", "1", "Built b", "2", "3"]) == ["$", "…", "Built b", "2", "3"]
    assert refreshed(["old"], ["new", "lines"]) == ["new", "lines"]
