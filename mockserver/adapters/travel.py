"""Time travel in tests: the clocks of all mocks of this process, moved for the length of a function or a block."""

import functools
import inspect
import logging
from collections.abc import Callable
from contextlib import ContextDecorator
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

from mockserver import core as cores
from mockserver.core import Core
from mockserver.tenants.clock import Clock
from mockserver.world.times import utc

logger = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., Any])


class travel(ContextDecorator):  # noqa: N801 (used as a decorator)
    """`@travel("2026-06-17")`, or `with travel("+48h") as trip`. Moves mocks that run, and those that start meanwhile.

    to: as in `Mock.move_clock`. Afterwards, the clocks are where they would be without it. moved: by client key, the
    times before and after, of clients that were known; a client that comes later starts at the new time.
    Raises ClockError for a time outside the time of the worlds, when the block begins.
    """

    def __init__(self, to: str) -> None:
        self.to = to
        self.moved: dict[str, tuple[str, str]] = {}
        self._undo: list[Callable[[], None]] = []

    def _recreate_cm(self) -> Self:  # each call of a decorated function is a journey of its own
        return type(self)(self.to)

    def __call__(self, function: Function) -> Function:
        if not inspect.iscoroutinefunction(function):
            return super().__call__(function)

        @functools.wraps(function)
        async def wrapper(*arguments: Any, **keywords: Any) -> Any:
            with self._recreate_cm():
                return await function(*arguments, **keywords)

        return wrapper  # type: ignore[return-value]

    def __enter__(self) -> Self:
        for core in list(cores.running):
            self._move(core)
        cores.on_start.append(self._move)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cores.on_start.remove(self._move)
        while self._undo:
            self._undo.pop()()

    def _move(self, core: Core) -> None:
        start = Clock(core.defaults.now, core.monotonic)
        start.to(self.to, None)
        before, known = core.defaults.now, set(core.tenants)
        distance = start.time - before
        core.defaults = replace(core.defaults, now=start.time)
        for tenant in core.tenants.values():
            self._move_clock(tenant.name, tenant.clock, tenant.token_expiry)

        def undo() -> None:
            core.defaults = replace(core.defaults, now=before)
            for name, tenant in core.tenants.items():
                if name not in known:  # it came meanwhile
                    tenant.clock.advance(-distance)

        self._undo.append(undo)

    def _move_clock(self, name: str, clock: Clock, token_expiry: float | None) -> None:
        time = clock.time
        clock.to(self.to, token_expiry)
        distance = clock.time - time
        self._undo.append(lambda: clock.advance(-distance))
        self.moved[name] = utc(int(time)).isoformat(), utc(clock.now).isoformat()
        logger.info("%s: the clock moves from %s to %s", name, *self.moved[name])
