"""What the Snakefile needs: the plan at parse time, and the start and the end of a build."""

import hashlib
import json
import logging
import os
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from ttapi import QuotaExhausted, TikTokError
from ttdata import api, apiclock, layout, rounds
from ttdata.asking import EXIT_WITH, is_gone
from ttdata.bundled import Bundled
from ttdata.canary import Canary
from ttdata.cost import costs
from ttdata.display import BAR, LINE, Display, Log, is_terminal
from ttdata.errors import Fault, NotCollected
from ttdata.files import write_atomically
from ttdata.outlook import outlook
from ttdata.plan import Plan
from ttdata.progress import Progress, progress
from ttdata.stop import TEMPORARY_FAILURE, Stop
from ttdata.study import MOCK, Study
from ttdata.terminal import Terminal
from ttdata.text import folded, say

# Files that decide what a dataset or a report holds: when they change, it is made again.
_SHAPING = {
    "dataset": (
        "build.py",
        "codebook.py",
        "digest.py",
        "hydration.py",
        "own_tables.py",
        "population.py",
        "tables/*.sql",
    ),
    "report": ("audit.py", "audit.sql", "checks.yaml", "facts.yaml", "report.py", "report.html"),
}


def plan_of(config: Mapping[str, Any], study_files: Sequence[Path]) -> Plan:
    """The plan of a study that Snakemake has loaded from these files; the last one's folder holds its lists.

    A study that cannot be built ends Snakemake with a sentence.
    """
    base = Path(study_files[-1]).parent if study_files else Path()
    try:
        made = _in_time(Plan.of(Study.check(config, today=datetime.now(UTC).date(), base=base)))
    except Fault as fault:
        sys.exit(folded(str(fault)))
    _mend(layout.PLAN, made)
    return made


def _in_time(made: Plan) -> Plan:
    """The plan in its current rounds; its jobs will plan with the same time."""
    clock, told = apiclock.clock(made, made.host), set[datetime]()

    def noted() -> datetime:
        told.add(clock())
        return clock()

    current = rounds.current(made, noted)
    if told:
        os.environ[apiclock.NOW] = told.pop().isoformat()
    return current


def _mend(path: Path, made: Plan) -> None:
    """Write a plan.json anew that was damaged, or written by another version."""
    if path.exists():
        try:
            Plan.read(path)
        except NotCollected:
            made.write(path)


def code_digest(made: str) -> str:
    """Changes when the code does that shapes a dataset or a report."""
    room = Path(__file__).parent
    shaping = [file for pattern in _SHAPING[made] for file in sorted(room.glob(pattern))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in shaping)).hexdigest()[:16]


def check_readable(path: Path) -> None:
    """End Snakemake with a sentence if a study's file cannot be read, instead of with Snakemake's own words."""
    try:
        Study.load(path)
    except Fault as fault:
        sys.exit(folded(str(fault)))


# Slices whose evidence a message shows; `python -m ttdata status` shows all.
_SHOWN = 5
_ADVICE = (
    "Run the same command again: what is partial is tried at once, what is blocked on the API's next day (from 00:00 "
    "UTC). To build without what is missing, put this into the study, with your reasons:"
)

_BLOCKED = "Besides, {} of the slices kept failing; python -m ttdata status tells why."


class Build:
    """One run of Snakemake over a plan: its server, its token, and what it says at the end."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._server: Bundled | None = None
        self._display: Display | None = None

    def start(self) -> None:
        """Start the bundled server if the study asks it, and get the one token that serves all jobs.

        Ends Snakemake with a sentence if the study does not fit its limits.
        """
        write_atomically(layout.STUDY, json.dumps(self._plan.declared))
        layout.STOPPED.unlink(missing_ok=True)
        layout.EVENTS.unlink(missing_ok=True)
        os.environ[EXIT_WITH] = f"{socket.gethostname()}:{os.getpid()}"
        write_atomically(layout.BUILD, os.environ[EXIT_WITH])
        try:
            self._plan.limits.check(costs(self._plan), apiclock.clock(self._plan, self._plan.host)().date())
            self._connect()
        except QuotaExhausted as error:
            Stop.of(error).write()
            self.fail()
            sys.exit(TEMPORARY_FAILURE)
        except (Fault, TikTokError) as error:
            if isinstance(error, TikTokError) and error.transient:
                Stop.down(datetime.now(UTC), f"TikTok's API is down: {error.message.rstrip('.')}").write()
                self.fail()
            self._stop_server()
            sys.exit(folded(str(error)))
        server = f"the bundled mock server ({self._server.url})" if self._server else self._plan.base_url
        say(f"Building {self._plan.study} from {server}")
        self._show()

    def _connect(self) -> None:
        """Start the bundled server, get a token, learn the API's clock, and ask the canary."""
        if self._plan.base_url == MOCK:
            self._server = Bundled.start(Path("logs/mockserver.log"))
            os.environ |= self._server.to_environment()
        self._client = api.client(self._plan)
        os.environ |= self._client.token().to_environment()
        apiclock.remember(self._client, self._plan.host)
        self._ask_canary()

    def _show(self) -> None:
        """Begin to show how the collecting comes on, if anything is to be collected."""
        if self._left():
            waiting = sum(not self._plan.layout.receipt("videos", each.name).exists() for each in self._plan.slices)
            screen, every = (Terminal(), BAR) if is_terminal() else (Log(), LINE)
            self._display = Display(waiting, self._left, self._client.left, screen=screen, every=every)
            self._display.start()

    def _left(self) -> int:
        """Requests that are still expected."""
        estimate = costs(self._plan)
        return sum(estimate.left(bucket).expected for bucket in estimate.limits)

    def _ask_canary(self) -> None:
        """Ask the canary if this run may send anything else."""
        canary = Canary.of(self._plan.declared)
        if canary and not self._is_collected():
            canary.ask(self._plan.layout, lambda hear: api.client(self._plan, hear))

    def _is_collected(self) -> bool:
        """Whether all receipts are there, of just what this plan asks."""
        wanted = (path for dataset in self._plan.datasets for path in self._plan.all_receipts(dataset.name))
        try:
            return Plan.read(layout.PLAN).asked == self._plan.asked and all(path.exists() for path in wanted)
        except NotCollected:
            return False

    def succeed(self) -> None:
        """Say what the study does without, and which waivers do nothing."""
        self._end()
        waived = progress(self._plan).evidence() if self._plan.waived else []
        for sentence in [*outlook(self._plan), *waived]:
            say(sentence)

    def fail(self) -> None:
        """Say why the build ended. Ends Snakemake with status 75 if the same command is to be run later."""
        self._end()
        stop = Stop.read()
        try:
            done = progress(self._plan)
        except Fault as fault:
            say(f"Not finished. {fault}")
        else:
            say(self._told(stop, done))
        if stop and stop.passes:
            sys.exit(TEMPORARY_FAILURE)

    def _told(self, stop: Stop | None, done: Progress) -> str:
        if stop and stop.passes:
            told = stop.message(done.finished, len(done.parts), done.left, bundled=self._server is not None)
            blocked = done.states.get("blocked", 0)
            return f"{told} {_BLOCKED.format(blocked)}" if blocked else told
        if done.finished == len(done.parts):
            built = all(layout.dataset(dataset.name).exists() for dataset in self._plan.datasets)
            state = "all datasets are built; what is wrong with them" if built else "not all datasets are built; why"
            return f"Not finished: all {done.finished} slices are collected, {state} stands above."
        told = f"Not finished: {done.finished} of {len(done.parts)} slices are complete, nothing is lost."
        if stop is None and done.failing:
            return "\n\n".join([told, *done.evidence()[:_SHOWN], _ADVICE, done.waivers()])
        return f"{told} If a reason stands above, mend it. Then run the same command again: it goes on from here."

    def _end(self) -> None:
        if self._display:
            self._display.stop()
        self._stop_server()

    def _stop_server(self) -> None:
        if self._server:
            self._server.stop()


def release_dead_lock(locks: Path) -> None:
    """Take away Snakemake's lock on the folder if the build that held it was killed on this machine."""
    if layout.BUILD.exists() and is_gone(layout.BUILD.read_text("utf-8")):
        shutil.rmtree(locks, ignore_errors=True)


def quieten(*, unless: bool) -> None:
    """Leave out what Snakemake tells of its own work, which stands in its log file; its errors stay."""
    if unless:
        return
    for handler in logging.getLogger("snakemake.logging").handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(_is_news)


# How Snakemake tells of a job that failed. The job has said why itself.
_ECHOES = (
    "Error in rule",
    "RuleException",
    "At least one job did not complete",
    "Exiting because a job execution failed",
)


def _is_news(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    if getattr(record, "event", None) == LogEvent.JOB_ERROR or any(echo in message for echo in _ECHOES):
        return False
    return record.levelno >= logging.WARNING or message.startswith("Nothing to be done")
