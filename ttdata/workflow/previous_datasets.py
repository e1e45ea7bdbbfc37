"""The datasets that a build may replace, kept while it runs.

Snakemake deletes the output of a job before the job starts. But a build compares its searches with the dataset that it
is about to replace, and one that fails must leave that dataset in its place.
"""

import os
import shutil

from ttdata.files import write_atomically
from ttdata.plan.plan import Plan


def keep(plan: Plan) -> None:
    """Keep each dataset that there is. One that a killed build left behind stays kept."""
    for dataset in plan.datasets:
        path, previous = plan.folder.dataset(dataset.name), plan.folder.previous(dataset.name)
        if path.exists():
            previous.parent.mkdir(parents=True, exist_ok=True)
            previous.unlink(missing_ok=True)
            try:
                os.link(path, previous)
            except OSError:  # a file system without links
                shutil.copy2(path, previous)


def put_back(plan: Plan) -> None:
    """Put each kept dataset back unless a new one is in its place, and count the failed build."""
    for dataset in plan.datasets:
        path, previous = plan.folder.dataset(dataset.name), plan.folder.previous(dataset.name)
        if previous.exists() and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            previous.replace(path)
            write_atomically(plan.folder.failed_builds(dataset.name), str(failed_builds(plan, dataset.name) + 1))
        previous.unlink(missing_ok=True)


def failed_builds(plan: Plan, dataset: str) -> int:
    """How many builds of a dataset failed and had it put back.

    A parameter of the rule. Snakemake remembers a failed job like any other, and would take the old dataset for its
    result, since neither its inputs nor the other parameters change.
    """
    try:
        return int(plan.folder.failed_builds(dataset).read_bytes())
    except (OSError, ValueError):
        return 0
