"""Pages whose blocks are run: files are written, commands are run, and what they print is compared with the page.

`python -m tests.pages` runs them and writes into each what its commands print now, and beside it the figures that its
programs draw. `python -m tests.pages NAME …` does so for these examples, or for `tutorial`.
"""

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, chdir, redirect_stdout
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import duckdb
import matplotlib
import yaml
from click.testing import CliRunner
from matplotlib import pyplot

from tests.support import PROJECT
from ttdata.cli.main import main
from ttdata.program import PROGRAM

DOCS = PROJECT / "docs"
HOME = "/home/you"
"""Stands on a page for the folder in which it was run."""
PORT = "127.0.0.1:33883"
"""Stands for the port of the bundled server, which is another one each time."""
LEFT_OUT = "…"
"""A line that stands for lines of an output that a page does not show."""
WIDTH = 80
FENCE = re.compile(
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
# Figures have the same bytes each time, and letters instead of their outlines.
FIGURES = {"MPLBACKEND": "agg", "SOURCE_DATE_EPOCH": "0"}
SMALL_SVG = {"svg.hashsalt": "ttdata", "svg.fonttype": "none"}
RSCRIPT = shutil.which("Rscript")
# What a build says while its jobs run at the same time is in any order.
_OTHER_PROCESSES = ("ttdata build", "ttdata run", "ttdata replicate")


@dataclass(frozen=True)
class Block:
    """One fenced block. With a title, it is the content of the file of that name."""

    language: str
    title: str
    text: str
    start: int
    end: int
    line: int


@dataclass
class Report:
    """What running a page has shown: blocks run, those left out for lack of a program, and differences."""

    run: int = 0
    skipped: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in their order."""
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        title = match["title"] or ""
        yield Block(match["language"], title, match["text"], match.start("text"), match.end("text"), line)


def printed(command: str, folder: Path) -> str:
    """What a command of ttdata prints, run in this process, with the page's folder in place of this one."""
    words = shlex.split(command)
    assert words[0] == "ttdata", command
    with patch.dict(os.environ, {PROGRAM: "ttdata"}):
        outcome = CliRunner().invoke(main, words[1:])
    return outcome.output.replace(str(folder), HOME)


def differences(shown: list[str], lines: list[str]) -> str:
    """How an output differs from what a page shows, or "". One line … stands for lines that are left out."""
    expected, whole = shown, lines
    if LEFT_OUT in shown:
        head = shown.index(LEFT_OUT)
        tail = len(shown) - head - 1
        expected = shown[:head] + shown[head + 1 :]
        whole = lines[:head] + (lines[len(lines) - tail :] if tail else [])
    return "" if whole == expected else "\n".join(["shown:", *expected, "printed:", *whole])


def refreshed(shown: list[str], lines: list[str]) -> list[str]:
    """The lines to show now. What was left out stays left out: up to the last line that begins like the first shown."""
    if LEFT_OUT not in shown:
        return lines
    head = shown.index(LEFT_OUT)
    first = shown[head + 1] if head + 1 < len(shown) else None
    if first is None:
        return [*lines[:head], LEFT_OUT]
    begins = [number for number, line in enumerate(lines) if line.split()[:1] == first.split()[:1] and line.strip()]
    return [*lines[:head], LEFT_OUT, *lines[begins[-1] :]]


class Runner:
    """Runs the pages of one reader, one after the other. folder: the reader's home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.here = home
        self.report = Report()

    def run(self, page: Path, *, left_out: tuple[str, ...] = ()) -> str:
        """Run all blocks of a page, except those that begin with one of some texts. Returns the page as it should be."""
        text = page.read_text("utf-8")
        edits: list[tuple[Block, str]] = []
        answer = ""
        for block in blocks(text):
            if block.text.startswith(left_out or ("\0",)):
                continue
            place = f"{page.relative_to(DOCS)}, line {block.line}"
            if block.language == "text":
                edits.append((block, self._compared(place, block.text.splitlines(), answer.splitlines())))
            elif block.language == "console":
                edits.append((block, self._console(place, block)))
            elif block.title:
                self._write(block)
            elif block.language == "yaml":
                self._excerpt(place, block)
            elif block.language == "sql":
                answer = self._query(block.text)
            elif block.language == "r":
                self._r(place, block)
                continue
            else:
                raise AssertionError(f"{place}: nobody knows how to run this block")
            self.report.run += 1
        for block, new in reversed(edits):
            text = text[: block.start] + new + text[block.end :]
        return text

    def _write(self, block: Block) -> None:
        path = self.here / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")

    def _excerpt(self, place: str, block: Block) -> None:
        """A part of the study without its comments: each of its keys is as in the file."""
        study = yaml.safe_load((self.here / "config.yaml").read_text("utf-8"))
        shown = yaml.safe_load(block.text)
        assert shown.items() <= study.items(), f"{place}: config.yaml says something else"

    def _console(self, place: str, block: Block) -> str:
        """Run each command of a block."""
        parts = re.split(r"^(\$ .*(?:\\\n.*)*)\n", block.text, flags=re.MULTILINE)
        assert not parts[0].strip(), f"{place}: the block does not begin with a command"
        new = ""
        for command, output in zip(parts[1::2], parts[2::2], strict=True):
            lines = self._command(command.removeprefix("$ ")).splitlines()
            new += f"{command}\n{self._compared(place, output.splitlines(), lines)}"
        return new

    def _compared(self, place: str, shown: list[str], lines: list[str]) -> str:
        lines = [line.rstrip() for line in lines]
        if differs := differences(shown, lines):
            self.report.differences.append(f"{place}: {differs}")
        return "".join(f"{line}\n" for line in refreshed(shown, lines))

    def _command(self, command: str) -> str:
        if command.startswith("cd "):
            self.here = (self.here / Path(command[3:].replace("~", str(self.home)))).resolve()
            return ""
        with chdir(self.here):
            plain = not re.search(r"[|&;<>$]", command)
            if plain and command.startswith("python "):
                return self._program(shlex.split(command)[1])
            if plain and command.startswith("ttdata ") and not command.startswith(_OTHER_PROCESSES):
                return printed(command, self.home)
            return self._shell(command)

    def _program(self, name: str) -> str:
        """Run a Python program in this process, which has imported pandas and matplotlib already."""
        said = StringIO()
        with ExitStack() as stack:
            stack.enter_context(redirect_stdout(said))
            stack.enter_context(patch.dict(os.environ, FIGURES))
            stack.enter_context(patch.object(sys, "argv", [name]))
            stack.enter_context(matplotlib.rc_context(SMALL_SVG))
            runpy.run_path(str(self.here / name), run_name="__main__")
            pyplot.close("all")
        return said.getvalue()

    def _shell(self, command: str) -> str:
        programs = Path(sys.executable).parent
        environment = os.environ | {"HOME": str(self.home), "PATH": f"{programs}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.here,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return re.sub(r"127\.0\.0\.1:\d+", PORT, done.stdout.replace(str(self.home), HOME))

    def _query(self, sql: str) -> str:
        """What DuckDB prints for the query, on the only dataset of the folder."""
        (dataset,) = self.here.glob("datasets/*.duckdb")
        with duckdb.connect(dataset, read_only=True) as con:
            return str(con.sql(sql))

    def _r(self, place: str, block: Block) -> None:
        if RSCRIPT is None:
            self.report.skipped.append(f"{place}: R is not installed")
            return
        done = subprocess.run([RSCRIPT, "-e", block.text], cwd=self.here, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{place}: {done.stderr}"
        self.report.run += 1


def figures(page: Path) -> list[str]:
    """The pictures that a page shows from its own folder figures/, which its programs draw."""
    return re.findall(r"\]\(figures/([^)#]+)\)", page.read_text("utf-8"))


def run_all(pages: list[Path], home: Path, *, left_out: tuple[str, ...] = ()) -> tuple[Runner, list[str]]:
    """Run pages one after the other, each in the folder where the one before ended. Returns their texts as they should be."""
    runner = Runner(home)
    return runner, [runner.run(page, left_out=left_out) for page in pages]


def readers() -> dict[str, list[Path]]:
    """The pages whose blocks are run, by reader: the pages of the tutorial have one, each example has its own."""
    tutorial = ("first-dataset", "first-figure", "your-question")
    examples = sorted(page for page in (DOCS / "examples").glob("*.md") if page.stem != "index")
    return {"tutorial": [DOCS / f"tutorial/{name}.md" for name in tutorial]} | {page.stem: [page] for page in examples}


def write(names: list[str]) -> None:
    """Run readers' pages, and write what is printed now into them, and their figures beside them."""
    for name in names or list(readers()):
        pages = readers()[name]
        with TemporaryDirectory() as home:
            runner, texts = run_all(pages, Path(home).resolve())
            for page, text in zip(pages, texts, strict=True):
                page.write_text(text, "utf-8")
                for figure in figures(page):
                    shutil.copy(runner.here / figure, page.parent / "figures" / figure)
        print(f"{name}: {runner.report.run} blocks run", *runner.report.skipped, sep="\n  ")


if __name__ == "__main__":
    write(sys.argv[1:])
