"""A mock server in this process, with clients of one key; and the folder in which a trial works."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockserver.adapters.requests_mock import BASE_URL, InProcess
from tests.support import MOCK_SECRET
from ttapi import Answer, Client, Credentials, Ledger
from ttdata.api.client import Connect, OnAnswer


@contextmanager
def connected(
    settings: str = "", answers: list[Answer] | None = None, rows: dict[str, Any] | None = None
) -> Iterator[tuple[Connect, InProcess]]:
    """answers: takes each answer. rows: what the server has beside its world."""
    key = ",".join(filter(None, ["mock:quota=1000000", settings]))
    ledger = Ledger(":memory:", limits={"general": 1_000_000, "follow": 1_000_000})
    with InProcess() as server:
        server.client_key = key
        if rows is not None:
            server.set_rows(rows)

        def connect(on_answer: OnAnswer) -> Client:
            def noted(answer: Answer) -> None:
                if answers is not None:
                    answers.append(answer)
                on_answer(answer)

            credentials = Credentials(key, MOCK_SECRET)
            return Client(BASE_URL, credentials=credentials, ledger=ledger, on_answer=noted, sleep=server.sleep)

        yield connect, server


@contextmanager
def new_folder() -> Iterator[Path]:
    """A new current folder, which is deleted afterwards."""
    before, folder = Path.cwd(), Path(tempfile.mkdtemp())
    os.chdir(folder)
    try:
        yield folder
    finally:
        os.chdir(before)
        shutil.rmtree(folder)
