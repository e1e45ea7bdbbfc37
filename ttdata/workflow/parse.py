"""What the Snakefile needs while it is read: the plan, and digests of the code that each step depends on."""

import hashlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import ttapi
from ttdata.api.clock import NOW, clock, today_of
from ttdata.comply.purge.journal import refuse_during_purge
from ttdata.errors import Fault
from ttdata.plan.plan import Plan
from ttdata.plan.restore import close_overtaken_waves, restore_receipts
from ttdata.plan.reuse import with_stored_windows
from ttdata.plan.rounds import current, note_calendars
from ttdata.program import program
from ttdata.store.barred import Barred
from ttdata.store.paths import Folder
from ttdata.study.labels import label_digest
from ttdata.study.packages import PackageSettings
from ttdata.study.study import Study
from ttdata.text import folded
from ttdata.upgrade.upgrade import check_formats
from ttdata.workflow.future_times import bring_to_the_past, inputs_of_jobs
from ttdata.workflow.repair import repair

_PACKAGE = Path(__file__).parents[1]
# Folders whose code does not decide what a dataset, an id file or a report contains.
_APART = ("comply", "doctor", "matching", "samples", "serial", "sync")
_NEUTRAL = {
    "dataset": ("cli", "workflow", "audit", "publish", *_APART),
    "report": ("cli", "workflow", *_APART),
    "export": ("cli", "workflow", "audit"),
}


def plan_of(config: Mapping[str, Any], study_files: Sequence[Path]) -> Plan:
    """The plan of a study that Snakemake has loaded from these files; list files are in the folder of the last one.

    A study that cannot be built ends Snakemake with a sentence.
    """
    base = _folder_of_lists(study_files)
    if not os.access(".", os.W_OK):
        elsewhere = f"{program()} build STUDY --directory FOLDER"
        sys.exit(folded(f"{Path.cwd()} cannot be written. Build in another folder: {elsewhere}"))
    try:
        for file in study_files:
            Study.load(Path(file))  # what plain YAML reads without a word, such as a key that occurs twice
        refuse_during_purge(Folder())
        today = today_of(config, Folder().clock)
        plan = Plan.of(Study.check(config, today=today, base=base, leave_out=Barred.read(Folder()).without))
        check_formats(plan.folder)
        bring_to_the_past([*inputs_of_jobs(plan), *_own_inputs(plan, study_files)], time.time_ns())
        repair(plan)
        plan = with_stored_windows(plan)
        restore_receipts(plan)
        note_calendars(plan)
        close_overtaken_waves(plan, clock(plan, plan.host, plan.folder.clock))
        plan = _in_current_rounds(plan)
    except Fault as fault:
        sys.exit(folded(str(fault)))
    return plan


def label_files(plan: Plan, study_files: Sequence[Path]) -> Mapping[str, list[str]]:
    """The files of the labels of each dataset, in their order. Below the current folder their paths are relative."""
    base = _folder_of_lists(study_files)
    base = base.relative_to(Path.cwd()) if base.is_relative_to(Path.cwd()) else base
    return {dataset.name: [str(base / each.file) for each in dataset.labels] for dataset in plan.datasets}


def _own_inputs(plan: Plan, study_files: Sequence[Path]) -> list[Path]:
    """The files of the study's author that jobs read, if they exist."""
    labels = (Path(file) for files in label_files(plan, study_files).values() for file in files)
    return [*filter(Path.is_file, labels), *map(Path, package_inputs(plan))]


def label_digests(files: Sequence[str]) -> list[str]:
    """Changes when a file of labels does, also if an older copy takes its place."""
    return [label_digest(Path(file)) for file in files]


def _folder_of_lists(study_files: Sequence[Path]) -> Path:
    return Path(study_files[-1]).parent if study_files else Path()


def check_readable(path: Path) -> None:
    """End Snakemake with a sentence if a study's file cannot be read, instead of with Snakemake's own message."""
    try:
        Study.load(path)
    except Fault as fault:
        sys.exit(folded(str(fault)))


def package_inputs(plan: Plan) -> list[str]:
    """The files of the study's folder that its packages contain; one that is missing is named by the command."""
    settings = PackageSettings.of(plan.declared)
    return [name for name in (*settings.analysis, *settings.outputs) if Path(name).is_file()]


@cache
def code_digest(product: str) -> str:
    """Changes when the code does that a dataset or a report depends on: then it is built again."""
    contents = (content for folder, content in _code() if folder not in _NEUTRAL[product])
    return hashlib.sha256(b"".join(contents)).hexdigest()[:16]


@cache
def _code() -> list[tuple[str, bytes]]:
    """All files of code, each with its folder or name in its package."""
    files = sorted(
        (file, file.relative_to(package).parts[0])
        for package in (_PACKAGE, Path(ttapi.__file__).parent)
        for pattern in ("*.py", "*.sql", "*.yaml", "*.html", "*.j2")
        for file in package.rglob(pattern)
    )
    return [(folder, file.read_bytes()) for file, folder in files]


def _in_current_rounds(plan: Plan) -> Plan:
    """The plan in its current rounds; its jobs will plan with the same time."""
    now, times = clock(plan, plan.host, plan.folder.clock), set[datetime]()

    def noted() -> datetime:
        times.add(now())
        return now()

    result = current(plan, noted)
    if times:
        os.environ[NOW] = times.pop().isoformat()
    return result
