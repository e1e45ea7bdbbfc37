"""Files from the future, as after the clock of this machine was set back, get times that have passed.

Snakemake accepts no output that is older than an input: with such inputs, a build could never be finished.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ttdata.plan.plan import Plan


def inputs_of_jobs(plan: Plan) -> Iterator[Path]:
    """The files below the folder of a plan that jobs read, if they exist."""
    folder = plan.folder
    yield from (path for path in (folder.plan, folder.study) if path.exists())
    yield from plan.raw.path.glob("*/*.receipt.json")
    for place in folder.results:
        yield from filter(Path.is_file, place.rglob("*"))


def bring_to_the_past(paths: Iterable[Path], now: int) -> None:
    """Give files from the future times just before now, in nanoseconds since 1970. Their order stays.

    Files that are gone by now, or that this user may not change, stay as they are.
    """
    future = {}
    for path in paths:
        with suppress(OSError):
            if (time := path.stat().st_mtime_ns) > now:
                future[path] = time
    ages = {time: age for age, time in enumerate(sorted(set(future.values()), reverse=True))}
    for path, time in future.items():
        earlier = now - ages[time]
        with suppress(OSError):
            os.utime(path, ns=(earlier, earlier))
