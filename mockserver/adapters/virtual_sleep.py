"""Virtual sleep: a sleep in this process moves virtual clocks instead of waiting."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


@contextmanager
def virtual_sleep(advance: Callable[[float], None]) -> Iterator[None]:
    """Until the end of the block, time.sleep and asyncio.sleep pass their seconds to `advance` and return at once.

    Other threads still run in between. Code that imported the function itself (`from time import sleep`) keeps the
    real one: pass `Mock.sleep` to such a client.
    """
    real_sleep, real_async_sleep = time.sleep, asyncio.sleep

    def sleep(seconds: float) -> None:
        advance(seconds)
        real_sleep(0)

    async def async_sleep(delay: float, result: Any = None) -> Any:
        if delay > 0:
            advance(delay)
        return await real_async_sleep(0, result)

    with patch.object(time, "sleep", sleep), patch.object(asyncio, "sleep", async_sleep):
        yield
