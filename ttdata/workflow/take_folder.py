"""The first thing that a build does: it takes the folder for itself, and removes what an earlier build left there."""

import json
import os
import sys

from ttdata.files import write_atomically
from ttdata.plan.plan import Plan
from ttdata.program import PROGRAM, program
from ttdata.store import builds
from ttdata.text import folded
from ttdata.workflow.quiet import already_running


def take_folder(plan: Plan) -> builds.Held:
    """Hold the folder of a plan; its jobs know the build by the environment.

    Ends Snakemake with a sentence if another build is running there, or if its file cannot be written and locked.
    """
    folder = plan.folder
    try:
        held = builds.hold(folder.build)
    except OSError as error:
        sys.exit(folded(f"{folder.build} cannot be written and locked: {error.strerror}. Build on a local disk."))
    if held is None:
        running = builds.running(folder.build)
        sys.exit(folded(already_running(running) if running else "Another build has just ended. Run it again."))
    os.environ |= {builds.ENVIRONMENT: held.build.id, PROGRAM: program()}
    write_atomically(folder.study, json.dumps(plan.declared, ensure_ascii=False))
    for path in (folder.stop, folder.events, folder.requests, folder.doubts, folder.session, folder.secrets):
        path.unlink(missing_ok=True)
    return held
