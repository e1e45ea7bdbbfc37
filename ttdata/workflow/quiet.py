"""Snakemake's own messages, its log files, and the lock that a killed build leaves behind."""

import logging
import os
import shutil
import sys
from pathlib import Path

from snakemake_interface_logger_plugins.common import LogEvent

from ttdata.plan.names import first_round, round_of
from ttdata.store import builds
from ttdata.store.paths import Folder
from ttdata.text import folded

# How Snakemake reports a job that failed. The job has reported the reason itself.
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


def quieten(*, unless: bool) -> None:
    """Leave out what Snakemake prints about its own work, which is in its log file; its errors stay."""
    if unless:
        return
    for handler in logging.getLogger("snakemake.logging").handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(_is_news)


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
    message = record.getMessage()
    if getattr(record, "event", None) == LogEvent.JOB_ERROR or any(echo in message for echo in _ECHOES):
        return False
    if message.startswith("Nothing to be done"):
        return SCHEDULED not in os.environ
    return record.levelno >= logging.WARNING
