"""The workflow as a module of another one (`module tiktok: …`), where Snakemake runs no handlers of ours.

What a session does at the start of a build is done here in two parts: `prepare` while the Snakefile is read, and the
rest by the first job that sends a request (api/shared_server.py). The outer workflow's logging, shell and default
target stay as they are.
"""

import atexit
import json
import os
import sys

from ttdata.api.shared_server import OWNER
from ttdata.files import write_atomically
from ttdata.plan.plan import Plan
from ttdata.program import PROGRAM, program
from ttdata.store import builds
from ttdata.store.paths import Folder
from ttdata.store.stops import TEMPORARY_FAILURE, Stop
from ttdata.text import folded, say
from ttdata.workflow import previous_datasets
from ttdata.workflow.quiet import already_running


def refuse_prefix(prefix: str | None) -> None:
    """End Snakemake if the module has a prefix: the paths in receipts and datasets would not be those of the files."""
    if prefix:
        sys.exit(
            folded(
                f"The module has `prefix: {prefix!r}`, which ttdata does not support. Leave it out, and run the outer "
                "workflow in a folder of its own: snakemake --directory DIR"
            )
        )


def prepare(plan: Plan) -> None:
    """Take the folder for this run of Snakemake, and keep the datasets that it may replace until it ends."""
    folder = plan.folder
    held = builds.hold(folder.build)
    if held is None:
        running = builds.running(folder.build)
        sys.exit(folded(already_running(running) if running else "Another build has just ended. Run it again."))
    os.environ |= {builds.ENVIRONMENT: held.build.id, OWNER: str(os.getpid()), PROGRAM: program()}
    write_atomically(folder.study, json.dumps(plan.declared, ensure_ascii=False))
    for path in (folder.stop, folder.events, folder.doubts, folder.session):
        path.unlink(missing_ok=True)
    previous_datasets.keep(plan)
    atexit.register(held.release)
    atexit.register(previous_datasets.put_back, plan)


def pass_on_status() -> None:
    """For `onerror` of the outer workflow: end Snakemake with status 75 if the same command is to be run later."""
    folder = Folder()
    stop = Stop.of_this_build(folder.stop)
    if stop and stop.passes:
        say(f"{stop.said}. Nothing is lost: run the same command again later.")
        sys.exit(TEMPORARY_FAILURE)
