"""The command `doctor`: what is wrong with a study's folder and this machine."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, JSON
from ttdata.errors import NotCollected
from ttdata.store.paths import Folder

_MOUNTS = Path("/proc/mounts")


@click.command()
@click.option("--directory", type=FILE, default=Path(), help="The folder of the study. Default: here.")
@JSON
def doctor(directory: Path, as_json: bool) -> None:
    """Look for what would leak a secret, break the study's terms, or stop a build, and print what to do about it.

    Changes nothing and sends no request. Exit status 1 if anything is found. (For a mock server: tiktok-mock doctor.)
    """
    from ttdata.doctor.checks import as_json as findings_as_json
    from ttdata.doctor.checks import examine, text
    from ttdata.doctor.finding import Patient

    folder = Folder(directory)
    with sentences():
        mounts = _MOUNTS.read_text(errors="replace") if _MOUNTS.exists() else ""
        findings = examine(Patient(folder, _declared(folder), os.environ, mounts))
    print(json.dumps(findings_as_json(findings)) if as_json else text(findings))
    if any(findings.values()):
        raise SystemExit(1)


def _declared(folder: Folder) -> Mapping[str, Any]:
    """The study of the folder: that of the last build, else the file that a build would read."""
    from ttdata.plan.plan import Plan
    from ttdata.study.study import Study
    from ttdata.study.templates import STUDY

    if folder.plan.exists():
        return Plan.read(folder.plan, folder).declared
    if not (folder.root / STUDY).exists():
        raise NotCollected(
            f"There is no study in {folder.root.resolve()}: neither {STUDY} nor a build. Name its folder."
        )
    declared = Study.load(folder.root / STUDY)
    return declared if isinstance(declared, dict) else {}
