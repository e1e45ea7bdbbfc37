"""Snakemake's lines in plain words or not at all, and its log files.

Of these, those of the last runs are kept, and of each search the one of its newest round.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from snakemake.exceptions import LockException, print_exception
from snakemake_interface_logger_plugins.common import LogEvent

from ttdata.store import builds
from ttdata.store.paths import Folder
from ttdata.workflow.quiet import KEPT_RUNS, prune_logs, quieten

HINT = "For further error details see the cluster/cloud log and the log files of the involved rule(s)."


@pytest.fixture
def logger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[logging.Logger]:
    """Snakemake's logger in a build, with the handler that prints on the terminal."""
    logger = logging.getLogger("snakemake.logging")
    earlier, logger.handlers = logger.handlers, []
    terminal = logging.StreamHandler()
    terminal.name = "DefaultStreamHandler"
    logger.addHandler(terminal)
    quieten(Folder(tmp_path), unless=False)
    yield logger
    logger.handlers = earlier


def job_error(said: str, **aux: str) -> dict[str, object]:
    """What Snakemake attaches to its report of a job that failed."""
    output = ["raw/mock/videos/a.receipt.json"]
    return {"event": LogEvent.JOB_ERROR, "rule_name": "collect", "rule_msg": said, "output": output, "aux": aux}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Error submitting jobscript (exit code 1):\n", "the submit command ended with status 1. Any error that"),
        ("Error submitting jobscript (exit code 127):\n", "status 127 (the command was not found)."),
        ("Error submitting jobscript (exit code 3):\nno such\npartition\n", "status 3. It printed: no such partition."),
        ("SLURM sbatch failed. The error message was 'Invalid account'.\n", "The error message was 'Invalid account'."),
    ],
)
def test_a_job_that_could_not_be_started_says_why_once(
    said: str, reason: str, logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        logger.error("Error in rule collect, jobid: 3", extra=job_error(said + HINT))
    printed = capsys.readouterr().err
    words = " ".join(printed.split())
    assert words.startswith("The step collect (raw/mock/videos/a.receipt.json) could not be started: ")
    assert reason in words
    assert "cost no quota" in words
    assert "run the same command again" in words
    assert "Error in rule" not in words
    assert HINT not in words
    assert words.count("The step collect") == 1
    assert max(map(len, printed.splitlines())) <= 79


def test_a_job_that_was_started_has_reported_its_reason_itself(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logger.error(
        "Error in rule collect, jobid: 3", extra=job_error("SLURM-job '7' failed. " + HINT, external_jobid="7")
    )
    logger.error("Error in rule collect, jobid: 3", extra=job_error(HINT))
    logger.error("Error in rule collect, jobid: 3", extra=job_error("") | {"rule_msg": None})
    assert capsys.readouterr().err == ""


def test_a_lock_that_another_build_took_at_the_same_moment_is_in_plain_words(
    logger: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_exception(LockException())
    starting = capsys.readouterr().err
    assert "Another build is starting in this folder." in starting
    held = builds.hold(Folder(tmp_path).build)
    assert held
    print_exception(LockException())
    held.release()
    running = capsys.readouterr().err
    assert "Another build is running in this folder" in running
    assert "Nothing was sent." in running
    for printed in (starting, running):
        assert "--unlock" not in printed
        assert "LockException" not in printed


def test_other_errors_of_snakemake_are_printed(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    logger.error("MissingOutputException in rule collect")
    assert "MissingOutputException" in capsys.readouterr().err


def test_a_folder_with_many_runs_keeps_the_logs_of_the_last_ones(tmp_path: Path) -> None:
    runs = tmp_path / ".snakemake" / "log"
    searches = tmp_path / "logs" / "collect" / "mock" / "videos"
    for folder in (runs, searches):
        folder.mkdir(parents=True)
    for number in range(30):
        (runs / f"2026-06-{number + 1:02}T000000.snakemake.log").touch()
    for name in ("a.log", "a.2.log", "a.10.log", "b.log"):
        (searches / name).touch()
    prune_logs(Folder(tmp_path))
    assert len(list(runs.iterdir())) == KEPT_RUNS
    assert min(path.name for path in runs.iterdir()).startswith("2026-06-11")
    assert sorted(path.name for path in searches.iterdir()) == ["a.10.log", "b.log"]
    prune_logs(Folder(tmp_path / "new"))
