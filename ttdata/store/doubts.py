"""Searches of the current build whose empty answers are doubted: noted by jobs, reported at the end of the build."""

import json

from ttdata.errors import EmptySuccess
from ttdata.store.builds import this_build
from ttdata.store.paths import Folder


def append(folder: Folder, error: EmptySuccess) -> None:
    """Note a doubt. One write, so that those of jobs that run at the same time do not mix."""
    folder.doubts.parent.mkdir(parents=True, exist_ok=True)
    with folder.doubts.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"build": this_build(), "text": str(error)}) + "\n")


def of_this_build(folder: Folder) -> list[str]:
    """What is doubted in the build that runs, in sentences."""
    try:
        lines = folder.doubts.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return list(dict.fromkeys(text for line in lines if (text := _text(line))))


def _text(line: str) -> str:
    try:
        noted = json.loads(line)
        return str(noted["text"]) if noted["build"] == this_build() else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
