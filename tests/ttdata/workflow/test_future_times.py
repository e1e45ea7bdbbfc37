"""After the clock of this machine was set back, files from the future keep their order, and are in the past."""

import os
from pathlib import Path

from ttdata.workflow.future_times import bring_to_the_past

NOW = 1_000_000_000_000
LATER = NOW + 9_000_000_000


def stored(folder: Path, **times: int) -> list[Path]:
    for name, time in times.items():
        (folder / name).touch()
        os.utime(folder / name, ns=(time, time))
    return [folder / name for name in times]


def test_files_from_the_future_are_in_the_past_in_their_order(tmp_path: Path) -> None:
    paths = stored(tmp_path, dataset=LATER + 2, receipt=LATER + 1, ids=LATER + 1, page=NOW - 5)
    bring_to_the_past(paths, NOW)
    dataset, receipt, ids, page = (path.stat().st_mtime_ns for path in paths)
    assert page == NOW - 5
    assert page < ids == receipt < dataset <= NOW


def test_nothing_else_is_changed(tmp_path: Path) -> None:
    paths = stored(tmp_path, old=NOW - 1, new=NOW)
    bring_to_the_past(paths, NOW)
    assert [path.stat().st_mtime_ns for path in paths] == [NOW - 1, NOW]


def test_a_file_that_is_gone_by_now_does_not_stop_the_others(tmp_path: Path) -> None:
    (path,) = stored(tmp_path, dataset=LATER)
    bring_to_the_past([tmp_path / "gone.tmp", path], NOW)
    assert path.stat().st_mtime_ns == NOW
