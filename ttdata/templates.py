"""The example studies as templates: which there are, and a folder of one's own that begins as one of them."""

import os
import re
from pathlib import Path

from ttdata.errors import Fault

STUDY = "config.yaml"
# Beside the Snakefile, which is in the repository but in no wheel.
STUDIES = Path(__file__).parents[1] / "studies"
_SCHEMA = re.compile(r"^# yaml-language-server: \$schema=.*$", re.MULTILINE)
_LIST = re.compile(r"\{file: ([^}]+)\}")


class NoTemplate(Fault):
    """There is no template of that name, or files of it are there already. Choose another name or folder."""


def templates() -> dict[str, str]:
    """The templates by name, each with what its first sentence says."""
    return {each.stem: _first_sentence(each.read_text("utf-8")) for each in sorted(STUDIES.glob("*.yaml"))}


def begin(name: str, directory: Path) -> list[Path]:
    """Copy a template's study and lists into a folder; returns the files made. Raises NoTemplate."""
    known = templates()
    if name not in known:
        raise NoTemplate(f"There is no template {name!r}. There are: {', '.join(known)}.")
    text = (STUDIES / f"{name}.yaml").read_text("utf-8")
    contents = {directory / STUDY: _SCHEMA.sub(f"# yaml-language-server: $schema={_schema(directory)}", text)}
    for file in _LIST.findall(text):
        contents[directory / file] = (STUDIES / file).read_text("utf-8")
    there = [str(path) for path in contents if path.exists()]
    if there:
        raise NoTemplate(f"{', '.join(there)} would be overwritten. Name another folder: --directory DIR.")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return list(contents)


def _schema(directory: Path) -> str:
    """The schema as seen from a folder, for editors that complete and check."""
    return os.path.relpath(Path(__file__).with_name("study.schema.yaml"), directory)


def _first_sentence(text: str) -> str:
    comment = " ".join(
        line.lstrip("# ") for line in text.splitlines() if line.startswith("# ") and "$schema" not in line
    )
    return re.split(r"[:.] ", comment)[0]
