"""What surrounds a build changes nothing: another place, another time zone, a reader of the file that it replaces."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tests.proof.result import Result
from tests.proof.server import new_folder
from tests.support import FOLDER, small_study
from tests.ttdata.worlds import collect_study, mock_tenant
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of
from ttdata.plan.plan import Plan

NAME = "small"
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati", "Europe/Lisbon")


def other_places(trials: int, seed: int) -> Result:
    """A folder that is moved after each build, and read there in other time zones, some with summer time."""
    result = Result()
    with new_folder() as folder, mock_tenant(f"seed={seed}") as connect:
        plan = collect_study(small_study(), connect)
        build(plan, NAME, FOLDER.dataset(NAME))
        whole = digest_of(FOLDER.dataset(NAME))
        for number in range(trials):
            moved = folder / f"moved to {number}"
            shutil.copytree(folder / "raw", moved / "raw")
            shutil.copytree(folder / "ids", moved / "ids")
            with _in(moved, ZONES[number % len(ZONES)]):
                build(plan, NAME, FOLDER.dataset(NAME))
                same = digest_of(FOLDER.dataset(NAME)) == whole
            result.check(same, f"{ZONES[number % len(ZONES)]}: another dataset")
            shutil.rmtree(moved)
    return result


def readers_of_a_rebuild(trials: int, seed: int) -> Result:
    """A program that reads the dataset again and again while builds replace it: it sees a whole one, each time."""
    result = Result()
    with new_folder(), mock_tenant(f"seed={seed}") as connect:
        plan = collect_study(small_study(), connect)
        path = FOLDER.dataset(NAME)
        build(plan, NAME, path)
        whole, ended = digest_of(path), threading.Event()
        builds = threading.Thread(target=_build_until, args=(plan, path.absolute(), ended))
        builds.start()
        try:
            for number in range(trials):
                try:
                    with duckdb.connect(str(path), read_only=True) as con:
                        ((digest,),) = con.execute("SELECT digest FROM study").fetchall()
                    result.check(digest == whole, f"read {number}: another dataset")
                except duckdb.Error as error:
                    result.check(False, f"read {number}: {str(error).splitlines()[0]}")
                time.sleep(0.02)
        finally:
            ended.set()
            builds.join()
    return result


def _build_until(plan: Plan, path: Path, ended: threading.Event) -> None:
    while not ended.is_set():
        build(plan, NAME, path)


@contextmanager
def _in(folder: Path, zone: str) -> Iterator[None]:
    """Another current folder, and another time zone."""
    before, zone_before = Path.cwd(), os.environ.get("TZ")
    os.chdir(folder)
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.chdir(before)
        del os.environ["TZ"]
        if zone_before is not None:
            os.environ["TZ"] = zone_before
        time.tzset()
