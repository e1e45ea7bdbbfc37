"""Builds where only the loopback interface exists: nothing needs another network."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from tests.proof.result import Result
from tests.support import PROJECT, small_study

STUDIES = ("climate", "refresh-purge-package")


def only_loopback(trials: int, seed: int) -> Result:
    """A study, its exports and its package, in a network namespace of their own. Needs root, and Linux."""
    result = Result()
    if not shutil.which("unshare") or not shutil.which("ip"):
        result.notes.append("skipped: unshare and ip are not installed")
        return result
    with tempfile.TemporaryDirectory() as folder:
        study = small_study(exports=["csv", "parquet"], package={"profiles": ["public"]})
        Path(folder, "config.yaml").write_text(yaml.safe_dump(study))
        for command in ("build", "export --to jsonl", "show", "cite", "doctor"):
            done = subprocess.run(
                ["unshare", "--net", "bash", "-c", f"ip link set lo up && {sys.executable} -m ttdata {command}"],
                cwd=folder,
                env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "PYTHONPATH": str(PROJECT), "HOME": folder},
                capture_output=True,
                text=True,
                check=False,
            )
            said = (done.stdout + done.stderr).strip().splitlines()
            result.check(
                done.returncode == 0 or command == "doctor", f"{command}: {said[-1] if said else done.returncode}"
            )
    return result
