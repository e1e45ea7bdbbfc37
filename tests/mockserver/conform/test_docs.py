"""docs/mock-conform.md prints what the commands print, and docs/mock-probes.md follows the tables."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver import InThread
from mockserver.__main__ import main
from mockserver.behaviours.quirks import read_quirks
from mockserver.conform import run as module
from mockserver.core import Core
from mockserver.tenants.options import Options
from tests.support import PROJECT
from tests.test_docs import script

PAGE = (PROJECT / "docs/mock-conform.md").read_text("utf-8")


def commands() -> list[tuple[list[str], list[str]]]:
    """The commands of the page that need no real API, each with the lines that it prints there."""
    lines = "\n".join(re.findall(r"```console\n(.*?)\n```", PAGE, re.DOTALL))
    blocks = [block.split("\n") for block in lines.removeprefix("$ ").split("\n$ ")]
    found = [(shlex.split(words), printed) for words, *printed in blocks if words.startswith("tiktok-mock ")]
    return [(words[1:], printed) for words, printed in found if printed and "tiktokapis" not in str(words)]


@pytest.mark.slow
def test_the_page_shows_what_the_commands_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", "mock")
    monkeypatch.setenv("TIKTOK_CLIENT_SECRET", "mock-secret")
    (quirks,) = re.findall(r"tiktok-mock --quirks (\S+)", PAGE)
    shown = commands()
    assert [words[0] for words, _ in shown] == ["conform", "conform", "fidelity"]
    with InThread(Core(defaults=Options(quirks=read_quirks([quirks])))) as mock:
        monkeypatch.setattr(module.time, "sleep", mock.sleep)
        for words, lines in shown:
            result = CliRunner().invoke(main, [word.replace("http://127.0.0.1:8787", mock.url) for word in words])
            assert result.exit_code == 0, result.output
            printed = result.output.splitlines()
            places = [printed.index(line) for line in lines if line != "…"]
            assert places == sorted(places)


def test_the_table_of_probes_follows_the_code() -> None:
    assert (PROJECT / "docs/mock-probes.md").read_text() == script("make_probes").page(), "run `make docs`"
