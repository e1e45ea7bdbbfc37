"""The answers on disk, each stored before the next request is sent, so that a stopped run continues.

The file is for this machine only: it has what the API answered, but no token. It is deleted when the report is written.
"""

import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from mockserver.conform.answers import Answer, Answers


class WrongProgress(Exception):
    """The stored answers are of another run; the text says what to do."""


class Store:
    """The stored answers of one run. about: what the run is: its server, its client, the account that is named."""

    def __init__(self, file: Path, about: dict[str, str]) -> None:
        self._file, self._about = file, about
        self.sent = 0

    def read(self) -> Answers:
        """The answers so far. `sent` is then the number of requests. Raises WrongProgress."""
        answers = Answers()
        answers.names_account = bool(self._about.get("account"))
        for line in self._lines():
            if "about" in line:
                if line["about"] != self._about:
                    raise WrongProgress(
                        f"{self._file} has the answers of another server, client or account. Nothing was sent. Name "
                        "another --out, or delete that file."
                    )
                continue
            self.sent += 1
            if name := line.pop("request"):
                answers.add(name, Answer(**line))
        return answers

    def _lines(self) -> Iterable[dict[str, Any]]:
        if not self._file.exists():
            self._append({"about": self._about})
        whole, newline, torn = self._file.read_bytes().rpartition(b"\n")
        if torn:  # the machine stopped while it was written
            os.truncate(self._file, len(whole + newline))
        yield from map(orjson.loads, whole.splitlines())

    def add(self, name: str, answer: Answer) -> None:
        """Store an answer. name: of its request; "" for one that is only counted."""
        self.sent += 1
        self._append({"request": name, **asdict(answer)})

    def _append(self, content: object) -> None:
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(orjson.dumps(content) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def delete(self) -> None:
        """Call it when the report is written."""
        self._file.unlink(missing_ok=True)
