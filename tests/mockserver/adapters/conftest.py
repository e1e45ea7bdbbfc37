"""What the tests of the servers share: one certificate authority, and how to tell that a connection has ended."""

import socket
from collections.abc import Iterator

import pytest

from mockserver.adapters.authority import Authority


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with Authority() as authority:
        yield authority


def is_ended(connection: socket.socket) -> bool:
    """Whether the server closes or resets a connection before the client's timeout."""
    try:
        while connection.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True
