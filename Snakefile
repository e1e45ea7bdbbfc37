"""
Builds the datasets that a study declares: plan, collect, build, audit, publish, comply.

    snakemake                                     the study in ./config.yaml
    snakemake --configfile studies/NAME.yaml      another one
    snakemake --directory DIR                     into another folder
    snakemake --dry-run                           what would be done
    snakemake refresh                             check what is still available, if that is due
"""

import os
import re
import sys
from pathlib import Path

from snakemake.utils import min_version

from ttdata.comply.standing import overdue_since
from ttdata.source_kinds import KINDS
from ttdata.workflow.module import refuse_prefix
from ttdata.workflow.parse import (
    check_readable,
    code_digest,
    label_digests,
    label_files,
    package_inputs,
    plan_of,
)
from ttdata.workflow.previous_datasets import failed_builds

min_version("9.27")

# Jobs use the Python that runs Snakemake, also where no environment is activated. Its path is not part of their
# commands: these are the same in every environment, so that nothing is run again in another one.
os.environ["TTDATA_PYTHON"] = sys.executable


envvars:
    "TTDATA_PYTHON",


TTDATA = '"${{TTDATA_PYTHON:-python}}" -m ttdata'

refuse_prefix(workflow.modifier.path_modifier.prefix)

if "datasets" not in config:
    check_readable(Path("config.yaml"))

    configfile: "config.yaml"


plan = plan_of(config, workflow.configfiles)
folder = plan.folder
labels = label_files(plan, workflow.configfiles)
workflow.global_resources.setdefault("streams", plan.streams)


include: "rules/session.smk"
include: "rules/plan.smk"
include: "rules/collect.smk"
include: "rules/build.smk"
include: "rules/audit.smk"
include: "rules/publish.smk"
include: "rules/comply.smk"
include: "rules/store.smk"


# Each takes a moment, and a job on a cluster takes seconds to start.
localrules:
    all,
    plan,
    missing,
    rank,
    accept,


rule all:
    """All datasets of the study, a report on each, and the exports and packages that the study names; copies in a bucket."""
    default_target: True
    input:
        [folder.dataset(dataset.name) for dataset in plan.datasets],
        [folder.report(dataset.name) for dataset in plan.datasets],
        [folder.page(dataset.name) for dataset in plan.datasets],
        [folder.export(dataset.name) for dataset in plan.datasets if plan.exports],
        [
            folder.package(dataset.name, profile)
            for dataset in plan.datasets
            for profile in plan.packages
        ],
        [folder.accepted(dataset.name) for dataset in plan.datasets if plan.strict],
        STORED,
