"""Jobs that could not be started, on a cluster for example: nobody else reports why."""

import logging
import re

# What Snakemake adds to the words of a plugin; the build's own message says what to do.
_HINT = "For further error details see the cluster/cloud log and the log files of the involved rule(s)."
# Of snakemake-executor-plugin-cluster-generic, with what the command printed. Its standard error is not kept.
_SUBMIT = re.compile(r"Error submitting jobscript \(exit code (?P<status>-?\d+)\):(?P<printed>.*)", re.DOTALL)
# What a shell says with its exit status.
_STATUS = {126: " (the command may not be run)", 127: " (the command was not found)"}


def why_not_started(record: logging.LogRecord) -> str:
    """What to tell about a job that failed, from Snakemake's report; "" if it was started, so that it has a say.

    A plugin gives a reason for a job that fails, and the id that the cluster gave it, if the cluster has accepted it.
    """
    said = (getattr(record, "rule_msg", None) or "").replace(_HINT, "").strip()
    if not said or "external_jobid" in getattr(record, "aux", {}):
        return ""
    step = f"{getattr(record, 'rule_name', '')} ({', '.join(getattr(record, 'output', []))})"
    return (
        f"The step {step} could not be started: {_reason(said)} It sent no request and cost no quota. Correct the "
        "options of the executor, then run the same command again. Further steps that could not be started are not "
        "listed."
    )


def _reason(said: str) -> str:
    """The words of a plugin as one sentence or two."""
    if not (submit := _SUBMIT.match(said)):
        return _sentence(said)
    status, printed = int(submit["status"]), submit["printed"].strip()
    error = f"the submit command ended with status {status}{_STATUS.get(status, '')}."
    return f"{error} It printed: {_sentence(printed)}" if printed else f"{error} Any error that it printed is above."


def _sentence(text: str) -> str:
    """Text of a program in one line that a terminal can show, with a full stop."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[:600]).split())
    return line if line.endswith((".", "!", "?")) else f"{line}."
