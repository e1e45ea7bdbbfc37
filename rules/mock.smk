"""
The beginning and the end of a build: the bundled mock server (with `api: {base_url: mock}`), and one token for all jobs.

Neither happens on a dry run, nor when there is nothing to do.
"""

from ttdata.workflow import Build, quieten, release_dead_lock

quieten(unless=workflow.output_settings.verbose or workflow.output_settings.dryrun)
release_dead_lock(Path(".snakemake/locks"))
build = Build(plan)


onstart:
    build.start()


onsuccess:
    build.succeed()


onerror:
    build.fail()
