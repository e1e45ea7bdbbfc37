"""The example studies as templates: their names, and a new folder that starts as one of them."""

import os
import re
from pathlib import Path

from ttdata.errors import Fault
from ttdata.packaged import PROJECT

STUDY = "config.yaml"
STUDIES = PROJECT / "studies"
_DEFAULT = {"climate": PROJECT / STUDY}
_SCHEMA = re.compile(r"^# yaml-language-server: \$schema=.*$", re.MULTILINE)
_LIST = re.compile(r"\{file: ([^}]+)\}")


class NoTemplate(Fault):
    """The template is unknown, or its files would overwrite others. Choose another name or folder."""


def templates() -> dict[str, str]:
    """The templates by name, each with its first sentence."""
    return {name: _first_sentence(path.read_text("utf-8")) for name, path in sorted(_files().items())}


def copy_template(name: str, directory: Path) -> list[Path]:
    """Copy a template's study and lists into a folder; returns the new files. Raises NoTemplate."""
    known = templates()
    if name not in known:
        raise NoTemplate(f"Unknown template {name!r}. Available: {', '.join(known)}.")
    text = _files()[name].read_text("utf-8")
    contents = {directory / STUDY: _SCHEMA.sub(f"# yaml-language-server: $schema={_schema(directory)}", text)}
    for file in _LIST.findall(text):
        contents[directory / file] = (STUDIES / file).read_text("utf-8")
    existing = [str(path) for path in contents if path.exists()]
    if existing:
        raise NoTemplate(f"{', '.join(existing)} would be overwritten. Name another folder: --directory DIR.")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return list(contents)


def _files() -> dict[str, Path]:
    """The study of each template: the default one, and the examples."""
    return _DEFAULT | {path.stem: path for path in STUDIES.glob("*.yaml")}


def _schema(directory: Path) -> str:
    """The schema's path from a folder, for editors that complete and check."""
    return os.path.relpath(Path(__file__).with_name("study.schema.yaml"), directory)


def _first_sentence(text: str) -> str:
    comment = " ".join(
        line.lstrip("# ") for line in text.splitlines() if line.startswith("# ") and "$schema" not in line
    )
    return re.split(r"[:.] ", comment)[0]
