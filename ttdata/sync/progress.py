"""How far a transfer is, on standard error: a bar on a terminal, nothing elsewhere. And several files at once."""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TypeVar

from tqdm import tqdm

from ttdata.sync.bucket import AT_ONCE
from ttdata.text import WIDTH

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def bar(word: str, total: int) -> Iterator[Callable[[int], object]]:
    """Show a word and the bytes that are done. Yields the function that adds to them."""
    with tqdm(
        total=total,
        desc=word,
        unit="B",
        unit_scale=True,
        unit_divisor=1000,
        ncols=WIDTH,
        file=sys.stderr,
        leave=False,
        disable=None,
    ) as shown:
        yield shown.update


def each_at_once(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results of some work on items, in any order. The first error ends it; what has begun is finished first."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures: list[Future[R]] = [pool.submit(work, item) for item in items]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()
