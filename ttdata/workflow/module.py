"""The workflow as a module of another one (`module tiktok: …`), where Snakemake runs no handlers of ours.

What a session does at the start of a build is done here in two parts: `prepare` while the Snakefile is read, and `join`
by the first job that sends a request. The outer workflow's logging, shell and default target stay as they are.
"""

import atexit
import fcntl
import os
import sys
from functools import partial

from ttdata.api.client import client
from ttdata.api.clock import clock
from ttdata.api.mock_server import MockServer
from ttdata.collect.canary import request_canary
from ttdata.collect.request_limit import start_limit
from ttdata.files import read_json, write_json
from ttdata.plan.plan import Plan
from ttdata.store.builds import OWNER
from ttdata.store.paths import Folder
from ttdata.store.stops import TEMPORARY_FAILURE, Stop
from ttdata.study.study import MOCK
from ttdata.text import folded, say
from ttdata.workflow import previous_datasets
from ttdata.workflow.session import check_limits
from ttdata.workflow.take_folder import take_folder


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
    held = take_folder(plan)
    os.environ[OWNER] = str(os.getpid())
    previous_datasets.keep(plan)
    atexit.register(held.release)
    atexit.register(previous_datasets.put_back, plan)


def join(plan: Plan) -> None:
    """Start the bundled server if the study uses it, check the limits, and request the canary.

    Only the first job of a build does so, while the others wait. The server ends with Snakemake. Raises Fault or
    TikTokError.
    """
    folder, owner = plan.folder, os.environ[OWNER]
    with folder.session.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.session.exists():
            os.environ |= read_json(folder.session)
            return
        server = MockServer.start(folder, exit_with=int(owner)) if plan.base_url == MOCK else None
        environment = server.to_environment() if server else {}
        os.environ |= environment
        try:
            check_limits(plan, clock(plan, plan.host, folder.clock)().date())
            if plan.canary:
                request_canary(plan, plan.canary, partial(client, plan))
            start_limit(plan)
        except Exception:
            if server:
                server.stop()
            raise
        write_json(folder.session, environment)


def pass_on_status() -> None:
    """For `onerror` of the outer workflow: end Snakemake with status 75 if the same command is to be run later."""
    stop = Stop.of_this_build(Folder().stop)
    if stop and stop.passes:
        say(f"{stop.said}. Nothing is lost: run the same command again later.")
        sys.exit(TEMPORARY_FAILURE)
