"""A mock server in this process, with clients of one key; and the folder in which a trial works."""

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockserver.adapters.requests_mock import BASE_URL, InProcess
from tests.support import MOCK_SECRET
from tests.ttdata.comply.lost import Killed
from ttapi import ENDPOINTS, Answer, Client, Credentials, Ledger, Page
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


def with_pages_of(connect: Connect, size: int | None) -> Connect:
    """Clients that request fewer records per page than the API allows, unless size is None."""

    def connect_with_smaller_pages(on_answer: OnAnswer) -> Client:
        client = connect(on_answer)
        pages = client.pages

        def smaller(endpoint: str, body: dict[str, Any], **options: Any) -> Iterator[Page]:
            most = ENDPOINTS[endpoint].max_count
            return pages(endpoint, body, max_count=most and min(size or most, most), **options)

        client.pages = smaller
        return client

    return connect_with_smaller_pages


def killed_at_random(connect: Connect, probability: float, chance: random.Random) -> Connect:
    """Clients that are killed when an answer is stored, with a probability."""

    def connect_and_kill(on_answer: OnAnswer) -> Client:
        def noted(answer: Answer) -> None:
            on_answer(answer)
            if chance.random() < probability:
                raise Killed

        return connect(noted)

    return connect_and_kill


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
