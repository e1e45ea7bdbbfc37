"""Snakemake's own messages, its log files, and the lock that a killed build leaves behind."""

import logging
import os
import shutil
import sys
import threading
from pathlib import Path

from snakemake_interface_logger_plugins.common import LogEvent

from ttdata.plan.names import first_round, round_of
from ttdata.store import builds
from ttdata.store.paths import Folder
from ttdata.text import folded, say
from ttdata.workflow.not_started import why_not_started

# How Snakemake reports a job that failed. The job has reported the reason itself, or never started.
_ECHOES = (
    "Error in rule",
    "RuleException",
    "At least one job did not complete",
    "Exiting because a job execution failed",
)

# Set by `ttdata run`, which says itself if there was nothing to do.
SCHEDULED = "TTDATA_SCHEDULED"
# Runs whose log files are kept.
KEPT_RUNS = 20


def quieten(folder: Folder, *, unless: bool) -> None:
    """Leave out what Snakemake prints about its own work, which is in its log file; say its errors in plain words."""
    if unless:
        return
    logger = logging.getLogger("snakemake.logging")
    for handler in list(logger.handlers):
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(_is_news)
            logger.addHandler(InPlainWords(folder))


def end_at_once() -> None:
    """Cancel Snakemake's timers: it would look for jobs once more a second after the last one has ended."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


class InPlainWords(logging.Handler):
    """Says what Snakemake reports and its user has to know. Many steps can fail to start for one reason: said once."""

    def __init__(self, folder: Folder) -> None:
        super().__init__()
        self._folder = folder
        self._has_said_why = False

    def emit(self, record: logging.LogRecord) -> None:
        if _is_about_lock(record):
            say(self._locked())
        elif _is_job_error(record) and not self._has_said_why and (why := why_not_started(record)):
            self._has_said_why = True
            say(why)

    def _locked(self) -> str:
        """Snakemake has found the lock of a build that started at the same moment; those of dead builds are removed."""
        if build := builds.running(self._folder.build):
            return already_running(build)
        return "Another build is starting in this folder. Wait until it has ended. Nothing was sent."


def prune_logs(folder: Folder) -> None:
    """Keep Snakemake's log files of the last runs, and of each search and shard the log of its newest round."""
    runs = sorted((folder.root / ".snakemake" / "log").glob("*.snakemake.log"))
    rounds: dict[str, list[Path]] = {}
    for path in (folder.root / "logs" / "collect").rglob("*.log"):
        rounds.setdefault(str(path.with_name(first_round(path.name))), []).append(path)
    earlier = (path for paths in rounds.values() for path in sorted(paths, key=lambda each: round_of(each.stem))[:-1])
    for path in (*runs[:-KEPT_RUNS], *earlier):
        path.unlink(missing_ok=True)


def release_dead_lock(folder: Folder) -> None:
    """Remove Snakemake's lock on the folder if the build that held it has ended, however it ended.

    While a build is running there, ends Snakemake with a sentence.
    """
    locks = folder.root / ".snakemake" / "locks"
    if not locks.is_dir() or not any(locks.iterdir()):
        return
    if build := builds.running(folder.build):
        sys.exit(folded(already_running(build)))
    shutil.rmtree(locks, ignore_errors=True)


def already_running(build: builds.Build) -> str:
    """Why a second build in a folder does not start."""
    return f"Another build is running in this folder: {build}. Wait until it has ended. Nothing was sent."


def _is_news(record: logging.LogRecord) -> bool:
    if _is_about_lock(record):
        return False
    message = record.getMessage()
    if _is_job_error(record) or any(echo in message for echo in _ECHOES):
        return False
    if message.startswith("Nothing to be done"):
        return SCHEDULED not in os.environ
    return record.levelno >= logging.WARNING


def _is_job_error(record: logging.LogRecord) -> bool:
    return getattr(record, "event", None) == LogEvent.JOB_ERROR


def _is_about_lock(record: logging.LogRecord) -> bool:
    return getattr(record, "exception", None) == "LockException"
