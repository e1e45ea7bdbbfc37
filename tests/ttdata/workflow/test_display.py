"""What a build shows while it collects: a bar below whole lines on a terminal, plain lines elsewhere."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import FOLDER, PROJECT
from ttdata.store import events
from ttdata.store.events import Event
from ttdata.workflow.display import Counts, Display, Log, is_terminal

# Jobs in separate processes print at the same time, some of them to standard error, while a bar is drawn.
SCRIPT = """
import subprocess, sys
from ttdata.workflow.terminal import Terminal
terminal = Terminal()
terminal.open()
loop = 'for i in $(seq 1 40); do echo "job {0} line $i" >&{1}; done'
jobs = [subprocess.Popen(["bash", "-c", loop.format(job, job % 2 + 1)]) for job in range(3)]
step = 0
while any(job.poll() is None for job in jobs):
    step += 1
    terminal.show(step / 1000, f"{step:,} pages")
terminal.show(1, "all pages")
print("printed by Snakemake", file=sys.stderr)
terminal.close()
print("after the bar")
"""


def on_a_terminal(*command: str, columns: int = 80, **environment: str) -> str:
    """Everything that a command writes to a terminal with this many columns."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=os.environ | {"TERM": "xterm"} | environment,
        cwd=PROJECT,
    )
    os.close(terminal)
    written = b"".join(_chunks(controller))
    os.close(controller)
    assert process.wait(timeout=30) == 0, written.decode()
    return written.decode()


def _chunks(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:  # Linux raises this when no writer is left
            return
        if not data:
            return
        yield data


@pytest.fixture(scope="module")
def shown() -> str:
    return on_a_terminal(sys.executable, "-c", SCRIPT)


def test_lines_of_concurrent_jobs_are_printed_whole_above_the_bar(shown: str) -> None:
    # What remains of each line after a carriage return and overwriting.
    lines = [line.rstrip("\r").rpartition("\r")[2].rstrip() for line in shown.split("\n")]
    for job in range(3):
        assert [line for line in lines if line.startswith(f"job {job}")] == [
            f"job {job} line {i}" for i in range(1, 41)
        ]
    assert "printed by Snakemake" in lines
    assert lines[-2] == "after the bar"


def test_the_bar_fits_80_columns_and_is_erased_at_the_end(shown: str) -> None:
    frames = [frame.rstrip("\n") for frame in shown.split("\r")]
    assert any("% |" in frame and "pages" in frame for frame in frames)
    assert max(map(len, frames)) <= 80
    last_bar = shown.rindex("% |")
    assert set(shown[last_bar:].split("\r")[1]) <= {" "}


def test_the_bar_has_no_colour(shown: str) -> None:
    assert "\x1b[3" not in shown


def test_a_narrow_terminal_cuts_the_bar_but_no_line() -> None:
    shown = on_a_terminal(sys.executable, "-c", SCRIPT, columns=40)
    assert max(len(frame) for frame in shown.split("\r") if "% |" in frame) <= 40
    assert shown.count("job 1 line 17\r\n") == 1


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}])
def test_a_terminal_that_cannot_draw_and_ci_get_no_bar(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert is_terminal({"TERM": "xterm"})
    assert not is_terminal({"TERM": "xterm"} | environment)


def test_output_to_a_file_gets_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert not is_terminal({"TERM": "xterm"})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".ttdata").mkdir()
    return tmp_path


def test_a_log_file_gets_plain_lines_with_pages_records_quota_and_time_left(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    display = Display(4, lambda: 12, lambda: 990, screen=Log(), every=1e9, clock=clock, events=FOLDER.events)
    display.start()
    for _ in range(10):
        events.append(Event("page", 80, "raw/mock/videos/a"), FOLDER.events)
    clock.now = 60.0
    display.show()
    display.stop()
    # Three searches have not started; each is assumed to cost as much as the first.
    assert capsys.readouterr().err.splitlines() == [
        " 25% 10 pages, 800 records, quota left 990, time left 3 min",
    ]


def test_the_time_left_is_no_longer_than_the_quota_lasts(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    display = Display(0, lambda: 10_000, lambda: 60, screen=Log(), every=1e9, clock=clock, events=FOLDER.events)
    display.start()
    events.append(Event("page", 80, "raw/mock/users/a"), FOLDER.events)
    clock.now = 4.0
    display.show()
    display.stop()
    assert capsys.readouterr().err.splitlines()[-1].endswith("quota left 60, time left 4 min")


def test_failures_count_as_requests_and_not_as_pages(build: Path) -> None:
    for kind in ("page", "down", "other"):
        events.append(Event(kind, 0, "raw/mock/users/a"), FOLDER.events)
    counts = Counts(FOLDER.events)
    counts.update()
    assert (counts.answers, counts.pages) == (3, 1)


def test_a_half_written_event_is_read_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "events"
    counts = Counts(path)
    counts.update()
    path.write_text("\tpage\t5\traw/a\n\tpage\t")
    counts.update()
    assert (counts.pages, counts.records) == (1, 5)
    path.write_text("\tpage\t5\traw/a\n\tpage\t7\traw/a\n")
    counts.update()
    assert (counts.pages, counts.records) == (2, 12)
