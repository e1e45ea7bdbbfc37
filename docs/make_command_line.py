"""Writes the pages docs/reference/command-line-*.md, the help of every command. Run by `make docs`."""

from collections.abc import Iterator
from pathlib import Path

import click

from mockserver.__main__ import main as tiktok_mock
from ttapi.cli import main as ttapi
from ttdata.cli.main import _GROUPS
from ttdata.cli.main import main as ttdata

REFERENCE = Path(__file__).parent / "reference"
PROGRAMS = {"ttdata": ttdata, "ttapi": ttapi, "tiktok-mock": tiktok_mock}
WIDTH = 80

HEADS = {
    "ttdata": "Builds datasets. Most commands take the study from `config.yaml` in the current folder.",
    "ttapi": "Sends single requests, without a study: see [ttapi.md](../ttapi.md).",
    "tiktok-mock": "The mock server: see [mockserver.md](../mockserver.md).",
}


def pages() -> dict[Path, str]:
    """All pages by their path."""
    return {REFERENCE / f"command-line-{name}.md": _page(name, program) for name, program in PROGRAMS.items()}


def _page(name: str, program: click.Group) -> str:
    head = f"# Command line: {name}\n\nGenerated from the help of each command by `make docs`. {HEADS[name]}\n"
    return head + "".join(_sections(name, program))


def _sections(name: str, program: click.Group) -> Iterator[str]:
    context = click.Context(
        program, info_name=name, max_content_width=WIDTH, terminal_width=WIDTH, **program.context_settings
    )
    yield f"\n```text\n{program.get_help(context)}\n```\n"
    commands = program.list_commands(context)
    titles = {first: title for title, group in _GROUPS.items() for first in list(group)[:1]} if name == "ttdata" else {}
    level = "###" if titles else "##"
    for command in commands:
        if command in titles:
            yield f"\n## {titles[command]}\n"
        found = program.get_command(context, command)
        assert found
        child = click.Context(found, context, command, max_content_width=WIDTH, terminal_width=WIDTH)
        yield f"\n{level} {name} {command}\n\n```text\n{found.get_help(child)}\n```\n"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, "utf-8")
