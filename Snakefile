"""
Builds the datasets that a study declares: plan, collect, build, audit.

    snakemake                                     the study in ./config.yaml
    snakemake --configfile studies/NAME.yaml      another one
    snakemake --directory DIR                     into another folder
    snakemake --dry-run                           what would be done
"""

import re
import shlex
import sys
from pathlib import Path

from snakemake.utils import min_version

from ttdata.source_kinds import KINDS
from ttdata.workflow.parse import check_readable, code_digest, plan_of
from ttdata.workflow.previous_datasets import failed_builds

min_version("9.27")

# Jobs use the Python that runs Snakemake, also where no environment is activated.
shell.prefix(f"set -euo pipefail; export PATH={shlex.quote(sys.prefix)}/bin:$PATH; ")

if "datasets" not in config:
    check_readable(Path("config.yaml"))

    configfile: "config.yaml"


plan = plan_of(config, workflow.configfiles)
folder = plan.folder
workflow.global_resources.setdefault("streams", plan.streams)


include: "rules/session.smk"
include: "rules/plan.smk"
include: "rules/collect.smk"
include: "rules/build.smk"
include: "rules/audit.smk"


rule all:
    """All datasets of the study, and a report on each."""
    default_target: True
    input:
        [folder.dataset(dataset.name) for dataset in plan.datasets],
        [folder.report(dataset.name) for dataset in plan.datasets],
        [folder.page(dataset.name) for dataset in plan.datasets],
        [folder.accepted(dataset.name) for dataset in plan.datasets if plan.strict],
