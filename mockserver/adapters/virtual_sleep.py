"""Virtual sleep: a sleep in this process moves virtual clocks instead of waiting."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

real_sleep, real_async_sleep = time.sleep, asyncio.sleep
# Popen.wait polls thousands of times if its sleeps take no time, and would move the clock by minutes.
_KEEPS_REAL_SLEEP = "subprocess"
# The names in a module. It does not load a module that is to be loaded when it is first used.
_names: Callable[[ModuleType], dict[str, Any]] = vars(ModuleType)["__dict__"].__get__


@contextmanager
def virtual_sleep(advance: Callable[[float], None]) -> Iterator[None]:
    """Until the end of the block, time.sleep and asyncio.sleep pass their seconds to `advance` and return at once.

    Other threads still run in between. Names that modules imported (`from time import sleep`) are replaced too, also
    in modules that are imported within the block. Not reached: a function that was stored elsewhere before the block,
    such as the default of an argument, and waits that are no sleep, such as that of threading.Event.
    """
    before, before_async = time.sleep, asyncio.sleep
    is_over = False

    def sleep(seconds: float) -> None:
        if is_over or sys._getframe(1).f_globals.get("__name__") == _KEEPS_REAL_SLEEP:
            real_sleep(seconds)
        else:
            advance(seconds)
            before(0)

    async def async_sleep(delay: float, result: Any = None) -> Any:
        if is_over:
            return await real_async_sleep(delay, result)
        if delay > 0:
            advance(delay)
        return await before_async(0, result)

    _replace({before: sleep, before_async: async_sleep})
    try:
        yield
    finally:
        is_over = True  # for those who stored one of these functions within the block
        _replace({sleep: before, async_sleep: before_async})


def _replace(functions: Mapping[Callable[..., Any], Callable[..., Any]]) -> None:
    """Replace functions wherever a module has a name for them, except in the mock itself."""
    by_identity = {id(old): new for old, new in functions.items()}
    for module_name, module in list(sys.modules.items()):
        if not issubclass(type(module), ModuleType) or module_name.partition(".")[0] == "mockserver":
            continue
        names = _names(module)
        for name, value in list(names.items()):
            if id(value) in by_identity:
                names[name] = by_identity[id(value)]
