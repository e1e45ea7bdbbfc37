"""A million records with everything that was observed: the memory of the collector stays as it is."""

import os
from pathlib import Path

from tests.proof.result import Result
from tests.proof.server import connected, new_folder
from tests.ttdata.with_mock import TODAY
from ttapi import TikTokError
from ttdata.collect.slices import collect_slice
from ttdata.errors import Fault
from ttdata.plan.plan import Plan
from ttdata.study.study import Study

WORLD = "quirks=observed,videos=20000000"
TOLERANCE = 1.10


def flat_memory(trials: int, seed: int) -> Result:
    """trials: records. Memory is compared with that of the first quarter, in which caches fill."""
    result = Result()
    records, sizes = 0, list[tuple[int, float]]()
    with new_folder(), connected(f"{WORLD},seed={seed}") as (connect, _):
        plan = Plan.of(Study.check(_study(), today=TODAY))
        for slice_ in plan.slices:
            try:
                records += collect_slice(plan, slice_, connect).records
            except (Fault, TikTokError) as error:
                result.notes.append(f"{slice_.start}: {type(error).__name__}")
            sizes.append((records, _resident()))
            if records >= trials:
                break
    early = max(size for number, size in sizes if number <= max(records / 4, sizes[0][0]))
    result.check(records >= trials, f"only {records:,} records were found")
    result.check(sizes[-1][1] <= TOLERANCE * early, f"{early:.0f} MB, then {sizes[-1][1]:.0f} MB")
    result.notes.append(f"{records:,} records; {early:.0f} MB after a quarter, {sizes[-1][1]:.0f} MB at the end")
    return result


def _resident() -> float:
    """The resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _study() -> dict[str, object]:
    where = {"all": [{"region_code": ["US", "GB", "DE", "FR", "ES"]}]}
    videos = {"where": where, "during": ["2023-01-01", "2025-12-31"]}
    return {"study": "soak", "failures": {"per_slice": 1_000}, "datasets": {"soak": {"videos": videos}}}
