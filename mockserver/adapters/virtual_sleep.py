"""Waiting that takes no time: a sleep of this process moves virtual clocks instead."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


@contextmanager
def virtual_sleep(advance: Callable[[float], None]) -> Iterator[None]:
    """Until the end of the block, time.sleep and asyncio.sleep hand their seconds to `advance` and return at once.

    Other threads still get their turn. Who took a reference to time.sleep before (`from time import sleep`) keeps the
    real one: hand `Mock.sleep` to such a client.
    """
    really, really_async = time.sleep, asyncio.sleep

    def sleep(seconds: float) -> None:
        advance(seconds)
        really(0)

    async def sleep_async(delay: float, result: Any = None) -> Any:
        if delay > 0:
            advance(delay)
        return await really_async(0, result)

    with patch.object(time, "sleep", sleep), patch.object(asyncio, "sleep", sleep_async):
        yield
