"""Runs an author's scripts on a dataset, in a folder of their own, and says what they wrote."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ttdata.errors import Fault
from ttdata.publish.package.child import run

# How scripts are started, by their suffix.
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    ".py": (sys.executable,),
    ".R": ("Rscript", "--vanilla"),
    ".r": ("Rscript", "--vanilla"),
    ".sh": ("bash",),
    ".jl": ("julia",),
}


class AnalysisFailed(Fault):
    """A script of the analysis failed, or did not write its output. Correct it, and run the same command again."""


@dataclass(frozen=True)
class Work:
    """The scripts and outputs of a study, by their names relative to a folder, which holds the scripts."""

    scripts: Sequence[str]
    outputs: Sequence[str]


def run_analysis(work: Work, scripts: Path, dataset: Path, folder: Path) -> dict[str, Path]:
    """Run the scripts in `folder`, which is made, on a copy of a dataset file. Returns the outputs by their names.

    Raises AnalysisFailed.
    """
    (folder / "datasets").mkdir(parents=True)
    shutil.copyfile(dataset, folder / "datasets" / dataset.name)
    if (parquet := dataset.with_suffix(".parquet")).is_dir():
        shutil.copytree(parquet, folder / "datasets" / parquet.name)
    for name in work.scripts:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(scripts / name, folder / name)
    for name in work.outputs:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    for name in work.scripts:
        program = PROGRAMS.get(Path(name).suffix)
        if program is None:
            known = ", ".join(PROGRAMS)
            raise AnalysisFailed(f"{name} cannot be started: ttdata runs files that end with {known}.")
        ended = run([*program, name], folder, folder.parent / "home")
        if ended.status:
            raise AnalysisFailed(
                f"{name} ended with status {ended.status} on {dataset.name}:\n{_indented(ended.last_lines)}"
            )
    missing = [name for name in work.outputs if not (folder / name).is_file()]
    if missing:
        raise AnalysisFailed(
            f"The analysis did not write {missing[0]}. It runs in a folder with datasets/{dataset.name}, and writes "
            "its outputs there under the names in package.outputs."
        )
    return {name: folder / name for name in work.outputs}


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
