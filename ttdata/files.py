"""Files that are replaced whole: a reader sees the old content or the new, never half of either."""

import json
import os
from pathlib import Path
from typing import Any


def write_atomically(path: Path, text: str) -> None:
    """Write a file in UTF-8, replacing an older one only when the new one is complete. Makes its folder.

    Raises OSError; an older file is then untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two jobs may write the same file at once, so each has a temporary file of its own.
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, "utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON, its keys in order."""
    write_atomically(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def read_json(path: Path) -> Any:
    """The value in a JSON file. Raises OSError, or ValueError if it is not JSON."""
    return json.loads(path.read_text("utf-8"))
