"""The client that a build sends requests with: credentials and token from the environment, limits from the study."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from ttapi import Answer, Client, Credentials, Token, open_ledger
from ttdata.api.mock_key import mock_key
from ttdata.errors import NotCollected
from ttdata.study.study import MOCK

# The address of the bundled server, set by the workflow that started it.
MOCK_URL = "TTDATA_MOCK_URL"

OnAnswer = Callable[[Answer], None]
# Makes a client that passes every answer to a function.
Connect = Callable[[OnAnswer], Client]


class Connection(Protocol):
    """What a client needs to know of a study or its plan."""

    @property
    def base_url(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def daily(self) -> int: ...
    @property
    def use(self) -> float: ...
    @property
    def shared_by(self) -> str: ...


def client(
    connection: Connection,
    on_answer: OnAnswer | None = None,
    environment: Mapping[str, str] = os.environ,
    *,
    before_request: Callable[[], None] | None = None,
    attempts: int = 4,
    timeout: tuple[float, float] = (10.0, 300.0),
    sleep: Callable[[float], None] = time.sleep,
) -> Client:
    """A client for the API that a study names; `before_request` and what follows as in ttapi.

    Raises CredentialsMissing for an API other than the bundled server, NotCollected if that server is not running, and
    LedgerUnavailable as ttapi.open_ledger does.
    """
    return Client(
        base_url(connection, environment),
        credentials=_credentials(connection, environment),
        ledger=open_ledger(limits={"general": connection.daily, "follow": 20_000}, use=connection.use),
        token=Token.from_environment(),
        on_answer=on_answer,
        before_request=before_request,
        attempts=attempts,
        timeout=timeout,
        sleep=sleep,
        shared_by=connection.shared_by,
    )


def base_url(connection: Connection, environment: Mapping[str, str] = os.environ) -> str:
    """The address for requests: the study's, or that of the bundled server."""
    if connection.base_url != MOCK:
        return connection.base_url
    if MOCK_URL not in environment:
        raise NotCollected(
            "The study uses the bundled mock server, which runs only during a build. To run a single step, start a "
            f"server (python -m mockserver) and set {MOCK_URL} to its address."
        )
    return environment[MOCK_URL]


def _credentials(connection: Connection, environment: Mapping[str, str]) -> Credentials:
    """Credentials from the environment; real ones are never sent to the bundled server."""
    if connection.base_url == MOCK:
        return Credentials(mock_key(connection.tenant, environment), "mock-secret")
    return Credentials.from_environment()
