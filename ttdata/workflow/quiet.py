"""Snakemake's own messages, and the lock that a killed build leaves behind."""

import logging
import shutil

from snakemake_interface_logger_plugins.common import LogEvent

from ttdata.collect.job import is_gone
from ttdata.store.paths import Folder

# How Snakemake reports a job that failed. The job has reported the reason itself.
_ECHOES = (
    "Error in rule",
    "RuleException",
    "At least one job did not complete",
    "Exiting because a job execution failed",
)


def quieten(*, unless: bool) -> None:
    """Leave out what Snakemake prints about its own work, which is in its log file; its errors stay."""
    if unless:
        return
    for handler in logging.getLogger("snakemake.logging").handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(_is_news)


def release_dead_lock(folder: Folder) -> None:
    """Remove Snakemake's lock on the folder if the build that held it was killed on this machine."""
    if folder.build.exists() and is_gone(folder.build.read_text("utf-8")):
        shutil.rmtree(folder.root / ".snakemake" / "locks", ignore_errors=True)


def _is_news(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    if getattr(record, "event", None) == LogEvent.JOB_ERROR or any(echo in message for echo in _ECHOES):
        return False
    return record.levelno >= logging.WARNING or message.startswith("Nothing to be done")
