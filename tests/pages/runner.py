"""Runs the pages of one reader, block by block: writes files, runs commands, and compares what they print."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import yaml

from tests.pages import commands
from tests.pages.blocks import Block, blocks, difference, refreshed
from tests.pages.blocks import commands as commands_of
from tests.support import PROJECT

DOCS = PROJECT / "docs"
RSCRIPT = shutil.which("Rscript")
_TUTORIAL = ("first-dataset", "first-figure", "your-question")


def readers() -> dict[str, list[Path]]:
    """The pages whose blocks are run, by reader: one for the pages of the tutorial, and one for each example."""
    examples = sorted(page for page in (DOCS / "examples").glob("*.md") if page.stem != "index")
    tutorial = [DOCS / "tutorial" / f"{name}.md" for name in _TUTORIAL]
    return {"tutorial": tutorial} | {page.stem: [page] for page in examples}


@dataclass
class Reader:
    """Someone who pastes block after block. home: an empty folder."""

    home: Path
    here: Path = field(init=False)
    run: int = 0
    skipped: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    _answer: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.here = self.home

    def read(self, page: Path) -> str:
        """Run all blocks of a page. Returns the page as it should be."""
        text = page.read_text("utf-8")
        for block in reversed([(block, self._run(page, block)) for block in blocks(text)]):
            text = text[: block[0].start] + block[1] + text[block[0].end :]
        return text

    def _run(self, page: Path, block: Block) -> str:
        """Run a block. Returns its text as it should be."""
        place = f"{page.relative_to(DOCS)}, line {block.line}"
        kind = "file" if block.title else block.language
        run = {
            "file": self._write,
            "yaml": self._excerpt,
            "console": self._console,
            "sql": self._query,
            "text": self._compare_answer,
            "r": self._r,
        }
        if kind not in run:
            raise AssertionError(f"{place}: nobody knows how to run this block")
        text = run[kind](place, block)
        self.run += kind != "r" or RSCRIPT is not None
        return text

    def _write(self, _: str, block: Block) -> str:
        path = self.here / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")
        return block.text

    def _excerpt(self, place: str, block: Block) -> str:
        """A part of the study without its comments: each of its keys is as in the file."""
        study = yaml.safe_load((self.here / "config.yaml").read_text("utf-8"))
        if not yaml.safe_load(block.text).items() <= study.items():
            self.differences.append(f"{place}: config.yaml says something else")
        return block.text

    def _console(self, place: str, block: Block) -> str:
        text = ""
        for command, shown in commands_of(block):
            text += f"$ {command}\n{self._compare(place, shown, self._command(command))}"
        return text

    def _command(self, command: str) -> list[str]:
        if command.startswith("cd "):
            self.here = self.here / command.removeprefix("cd ")
            return []
        return commands.run(command, self.here, self.home).splitlines()

    def _query(self, _: str, block: Block) -> str:
        """Keep what DuckDB prints for a query on the only dataset of the folder."""
        (dataset,) = self.here.glob("datasets/*.duckdb")
        with duckdb.connect(dataset, read_only=True) as con:
            self._answer = str(con.sql(block.text)).splitlines()
        return block.text

    def _compare_answer(self, place: str, block: Block) -> str:
        return self._compare(place, block.text.splitlines(), self._answer)

    def _compare(self, place: str, shown: list[str], printed: list[str]) -> str:
        lines = [line.rstrip() for line in printed]
        if differs := difference(shown, lines):
            self.differences.append(f"{place}: {differs}")
        return "".join(f"{line}\n" for line in refreshed(shown, lines))

    def _r(self, place: str, block: Block) -> str:
        if RSCRIPT is None:
            self.skipped.append(f"{place}: R is not installed")
            return block.text
        done = subprocess.run([RSCRIPT, "-e", block.text], cwd=self.here, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{place}: {done.stderr}"
        self._answer = done.stdout.splitlines()
        return block.text
