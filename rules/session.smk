"""
The start and the end of a build: the bundled mock server (with `api: {base_url: mock}`), and one token for all jobs.

Neither happens on a dry run, nor when there is nothing to do.
"""

from ttdata.workflow.module import prepare
from ttdata.workflow.quiet import (
    end_at_once,
    prune_logs,
    quieten,
    release_dead_lock,
)
from ttdata.workflow.session import Session

if workflow.modifier.is_main_snakefile():
    quieten(
        plan.folder,
        unless=workflow.output_settings.verbose or workflow.output_settings.dryrun,
    )
    # Not in a job on a cluster, which is a process of Snakemake, too: the build that it belongs to holds the lock.
    if workflow.is_main_process:
        release_dead_lock(plan.folder)
        prune_logs(plan.folder)
elif not workflow.output_settings.dryrun:
    prepare(plan)
session = Session(plan)


onstart:
    session.start(is_on_cluster=workflow.non_local_exec)


onsuccess:
    end_at_once()
    session.succeed()


onerror:
    end_at_once()
    session.fail()
