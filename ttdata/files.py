"""Files that are replaced whole: a reader sees the old content or the new, never half of either."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any


def write_bytes(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file, replacing an older one only when the new one is complete and on disk. Makes its folder.

    mode: its permissions, of which the umask takes some away. Raises OSError; an older file is then untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two jobs may write the same file at once, so each has a temporary file of its own.
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
        replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # nobody knows the temporary file
        raise
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_atomically(path: Path, text: str, mode: int = 0o666) -> None:
    """The same for a text, in UTF-8."""
    write_bytes(path, text.encode(), mode)


def write_private(path: Path, text: str) -> None:
    """The same for a text that only its owner may read."""
    write_atomically(path, text, 0o600)


def replace(new: Path, path: Path) -> None:
    """Put a complete file in the place of another; even a power failure leaves one of the two. Raises OSError."""
    _sync(new, os.O_RDWR)
    os.replace(new, path)
    _sync(path.parent, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON, its keys in order."""
    write_atomically(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def read_json(path: Path) -> Any:
    """The value in a JSON file. Raises OSError, or ValueError if it is not JSON."""
    try:
        return json.loads(path.read_text("utf-8"))
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply") from None
