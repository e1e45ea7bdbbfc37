"""What a plan expects to send against what its build sends: the example studies, and edits of a built study.

python benchmarks/plan_accuracy.py [NAME ...]
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from shutil import copytree
from typing import Any

import yaml

PROJECT = Path(__file__).parents[1]
STUDIES = PROJECT / "studies"

# Edits of the default study: the sources that each adds or replaces, one after the other in the same folder.
EDITS: Mapping[str, list[dict[str, Any]]] = {
    "per region": [{"comments": {"of": "videos", "top": {"by": "view_count", "k": 10, "per": "region_code"}}}],
    "per week": [{"comments": {"of": "videos", "top": {"by": "view_count", "k": 3, "per": "week"}}}],
    "per account": [{"comments": {"of": "videos", "sample": {"k": 1, "seed": 1, "per": "username"}}}],
    "a larger k": [
        {"comments": {"of": "videos", "top": {"by": "view_count", "k": 20}}},
        {"comments": {"of": "videos", "top": {"by": "view_count", "k": 60}}},
    ],
    "a larger max": [
        {"followers": {"of": "users", "max": 200}},
        {"followers": {"of": "users", "max": 800}},
    ],
    "a smaller max": [
        {"followers": {"of": "users", "max": 800}},
        {"followers": {"of": "users", "max": 200}},
    ],
}


def main(names: list[str]) -> None:
    print(f"{'':34}{'expected':>10}{'sent':>10}{'expected/sent':>15}")
    for name, expected, sent in measured(names):
        ratio = f"{expected / sent:.2f}" if sent else "1.00" if expected == 0 else "-"
        print(f"{name:34}{expected:>10,}{sent:>10,}{ratio:>15}", flush=True)


def measured(names: list[str]) -> Iterator[tuple[str, int, int]]:
    """Names of plans, the requests that each expects to send, and those that its build sends."""
    with tempfile.TemporaryDirectory() as folder:
        copytree(STUDIES, Path(folder, "studies"))
        for file in sorted(Path(folder, "studies").glob("*.yaml")):
            if not names or file.stem in names:
                yield file.stem, *compare(file, Path(folder, file.stem))
        for name, versions in EDITS.items():
            if not names or name in names:
                for number, edit in enumerate(versions, start=1):
                    file = Path(folder, f"{name.replace(' ', '-')}.yaml")
                    file.write_text(yaml.safe_dump(edited(edit)))
                    yield f"{name}, version {number}", *compare(file, Path(folder, file.stem))


def edited(sources: Mapping[str, Any]) -> dict[str, Any]:
    study: dict[str, Any] = deepcopy(yaml.safe_load((PROJECT / "config.yaml").read_text()))
    study["datasets"]["climate"].update(sources)
    study["datasets"]["climate"]["videos"]["about"] = 350
    return study


def compare(study: Path, directory: Path) -> tuple[int, int]:
    """The requests that a plan expects to send now, and those that are sent until the study is built."""
    directory.mkdir(exist_ok=True)
    plan = run("-m", "ttdata", "plan", study, "--directory", directory, "--json")
    planned = json.loads(plan.stdout)
    before = sent(directory)
    options = ("--snakefile", PROJECT / "Snakefile", "--configfile", study, "--directory", directory)
    while (build := run("-m", "snakemake", *options)).returncode == 75:
        pass
    if build.returncode:
        sys.exit(f"{study.stem} was not built:\n{build.stderr}")
    return planned["requests"]["expected"] - planned["already_sent"], sent(directory) - before


def sent(directory: Path) -> int:
    """The requests that were sent from a folder."""
    if not (directory / "plan.json").exists():
        return 0
    return int(json.loads(run("-m", "ttdata", "status", "--directory", directory, "--json").stdout)["requests_sent"])


def run(*words: object) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main(sys.argv[1:])
