"""The files of the study itself: people write them, so a purge names them and does not change them."""

from pathlib import Path

from ttdata.errors import Fault
from ttdata.plan.plan import Plan
from ttdata.study.study import Study
from ttdata.sync.names import study_files


def own_files(plan: Plan) -> frozenset[Path]:
    """The study and its lists, if they are in the folder. Files of labels are none of them: their rows are erased."""
    labels = {each.file for dataset in plan.datasets for each in dataset.labels}
    root = plan.folder.root
    studies = [path for pattern in ("*.yaml", "*.yml", "studies/*.yaml") for path in root.glob(pattern)]
    files = (each for path in studies if _is_study(path, plan.study) for each in _files(path).items())
    return frozenset(path for name, path in files if name not in labels)


def _is_study(path: Path, name: str) -> bool:
    try:
        declared = Study.load(path)
    except Fault:
        return False
    return isinstance(declared, dict) and declared.get("study") == name


def _files(path: Path) -> dict[str, Path]:
    try:
        return dict(study_files(path))
    except Fault:
        return {path.name: path}
