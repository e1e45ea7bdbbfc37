"""The client that a build asks with: address, credentials and token from the environment, limits from the study."""

import os
from collections.abc import Callable, MutableMapping
from typing import Protocol

from ttapi import Answer, Client, Credentials, Ledger, Token
from ttdata.errors import NotCollected
from ttdata.splitting import GIVE_UP
from ttdata.study import MOCK
from ttdata.tenant import mock_key

# Where the workflow says that it has started the bundled server.
MOCK_URL = "TTDATA_MOCK_URL"


class Asked(Protocol):
    """What a client needs to know of a study or its plan."""

    @property
    def base_url(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def daily(self) -> int: ...
    @property
    def use(self) -> float: ...


def client(
    asked: Asked,
    on_answer: Callable[[Answer], None] | None = None,
    environment: MutableMapping[str, str] = os.environ,
    *,
    attempts: int = GIVE_UP,
    timeout: tuple[float, float] = (10.0, 300.0),
) -> Client:
    """A client for the API that a study names; `attempts` and `timeout` as in ttapi.

    Raises CredentialsMissing for an API other than the bundled server, and NotCollected if that does not run.
    """
    return Client(
        base_url(asked, environment),
        credentials=_credentials(asked, environment),
        ledger=Ledger(Ledger.default_path(), limits={"general": asked.daily, "follow": 20_000}, use=asked.use),
        token=Token.from_environment(),
        on_answer=on_answer,
        attempts=attempts,
        timeout=timeout,
    )


def base_url(asked: Asked, environment: MutableMapping[str, str] = os.environ) -> str:
    """The address to ask: the study's, or that of the bundled server."""
    if asked.base_url != MOCK:
        return asked.base_url
    if MOCK_URL not in environment:
        raise NotCollected(
            "The study asks the bundled mock server, which runs only during a build. For a single step start one "
            f"(python -m mockserver) and put its address into {MOCK_URL}."
        )
    return environment[MOCK_URL]


def _credentials(asked: Asked, environment: MutableMapping[str, str]) -> Credentials:
    """Credentials from the environment; the bundled server is never shown real ones."""
    if asked.base_url == MOCK:
        return Credentials(mock_key(asked.tenant, environment), "mock-secret")
    return Credentials.from_environment()
