"""Connections that wait for their client: when there are too many, the one that has waited longest is closed.

So connections that somebody opens and leaves half open lock nobody out.
"""

import logging
from collections.abc import Callable, Hashable

logger = logging.getLogger(__name__)


class Waiting:
    """Connections on which the client is to send something, with functions that close them at once."""

    def __init__(self) -> None:
        self._aborts: dict[Hashable, Callable[[], None]] = {}

    def __len__(self) -> int:
        return len(self._aborts)

    def add(self, connection: Hashable, abort: Callable[[], None]) -> None:
        """Note a connection that begins to wait. It is the last to be closed."""
        self.discard(connection)
        self._aborts[connection] = abort

    def discard(self, connection: Hashable) -> None:
        self._aborts.pop(connection, None)

    def close_longest(self) -> None:
        """Close the connection that has waited longest, if there is any."""
        if self._aborts:
            logger.info("closed the connection that has waited longest, since there are too many")
            self._aborts.pop(next(iter(self._aborts)))()

    def close_all(self) -> None:
        while self._aborts:
            self._aborts.popitem()[1]()
