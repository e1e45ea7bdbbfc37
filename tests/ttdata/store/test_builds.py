"""Of two builds in a folder the second does not start, and one that was killed stands in nobody's way."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ttdata.store.builds import DEAD, Build, hold, is_mine_running, running

HOLD = "import sys, pathlib, time; from ttdata.store.builds import hold; held = hold(pathlib.Path(sys.argv[1]))"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".ttdata/build"


def in_another_process(path: Path) -> "subprocess.Popen[str]":
    """A process that holds the build of a folder until it is killed."""
    words = [sys.executable, "-c", f"{HOLD}; print(held.build.id, flush=True); time.sleep(60)", str(path)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def renewed_ago(path: Path, seconds: float) -> None:
    os.utime(path, times=(time.time() - seconds,) * 2)


def test_a_folder_has_one_build_at_a_time(path: Path) -> None:
    held = hold(path)
    assert held
    assert held.is_current
    assert running(path) == held.build
    assert is_mine_running(path, held.build.id)
    assert hold(path) is None
    held.release()
    assert running(path) is None
    assert not is_mine_running(path, held.build.id)
    again = hold(path)
    assert again
    again.release()


def test_a_build_of_another_process_is_named_and_gone_when_it_is_killed(path: Path) -> None:
    process = in_another_process(path)
    assert process.stdout
    build_id = process.stdout.readline().strip()
    build = running(path)
    assert build
    assert (build.id, build.pid) == (build_id, process.pid)
    assert str(build).startswith(f"process {process.pid} on ")
    assert hold(path) is None

    renewed_ago(path, DEAD * 10)  # stopped for a while, but alive
    assert hold(path) is None
    process.kill()
    process.communicate()
    assert running(path) is None
    held = hold(path)
    assert held
    held.release()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"5", b"\xff\xfe", b'{"id": 5, "host": 1, "pid": "x", "started": {}}']
)
def test_a_damaged_file_of_a_build_that_has_ended_stops_no_other(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert running(path) is None
    held = hold(path)
    assert held
    path.write_bytes(content)  # while it is running, it is still there, but is not known by its id any more
    assert running(path) is not None
    assert not held.is_current
    assert hold(path) is None
    held.release()


def test_a_build_on_another_machine_is_alive_while_it_renews_its_file(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"id": "a", "host": "another-host", "pid": 1, "started": "2026-06-01 12:00:00"}))
    renewed_ago(path, DEAD - 20)
    assert running(path) == Build("a", "another-host", 1, "2026-06-01 12:00:00")
    assert is_mine_running(path, "a")
    assert hold(path) is None
    renewed_ago(path, DEAD + 1)
    assert running(path) is None
    assert hold(path)


def test_machines_of_one_name_are_told_apart(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    host = os.uname().nodename
    path.write_text(json.dumps({"id": "a", "host": host, "pid": 1, "started": "", "machine": "another"}))
    build = running(path)
    assert build
    assert build.is_elsewhere
    assert not Build.new().is_elsewhere


def test_a_build_whose_pid_is_used_by_another_process_has_ended(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"id": "a", "host": os.uname().nodename, "pid": os.getpid(), "started": ""}))
    assert running(path) is None
