"""Replicates a package without credentials: builds its twin, runs its analysis, compares, and says what needs access.

The dataset itself is rebuilt where no credentials are needed: from the pages, if the package has them, or from the mock
server, if that is its API.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from ttdata.build.dataset import build
from ttdata.build.digest import digest_of
from ttdata.build.digest import digests as digests_of
from ttdata.errors import Fault
from ttdata.plan.plan import Plan
from ttdata.publish.package import child
from ttdata.publish.package.analysis import AnalysisFailed, Work, run_analysis
from ttdata.publish.package.members import workflow_files
from ttdata.publish.package.page import ACCESS, FAILED, NOTE, OK, SKIPPED, Page
from ttdata.publish.package.texts import first_line
from ttdata.publish.package.verify import BadPackage, Package, verified
from ttdata.publish.package.zip_file import sha256
from ttdata.store.paths import Folder
from ttdata.study.study import MOCK, Study
from ttdata.tables.files import opened
from ttdata.text import count

REPORT = "replication"
_WORKFLOW = "workflow/"
_PLAN = "data/plan.json"
_IGNORED = ("exports", "package")


@dataclass(frozen=True)
class _Replica:
    """A package that is being replicated in a folder. snakefile: that of the package, if it is to be used."""

    package: Package
    folder: Path
    page: Page
    may_run: bool
    say: Callable[[str], None]
    snakefile: Path | None

    @property
    def files(self) -> Path:
        return self.folder / "package"

    @property
    def work(self) -> Work:
        return Work(self.package.about["analysis"], self.package.about["outputs"])


def replicate(path: Path, folder: Path, *, run: bool = False, say: Callable[[str], None] = print) -> Page:
    """Replicate a package in a folder, which must be empty. run: also start its scripts. say: prints what happens.

    Raises BadPackage, Fault. The page is written to the folder, too.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Fault(f"{folder} is not empty. Name a new folder: --directory replica-2")
    folder = folder.absolute()
    package = verified(path)
    say(listing(package))
    page = Page(first_line(package.is_invented), f"Replication of {path.name}", _facts(package))
    page.add(OK, f"{count(len(package.sizes), 'file')} of the package", "each is what its checksum says")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package").mkdir()
    package.extract(folder / "package")
    is_same, why = _compare_workflow(package)
    snakefile = folder / "package" / _WORKFLOW / "Snakefile" if run and not is_same else None
    replica = _Replica(package, folder, page, run, say, snakefile)
    if is_same:
        page.add(OK, "the Snakefile and its rules", f"they are those of {package.about['software']}")
    elif run:
        page.add(NOTE, "the Snakefile and its rules", f"{why}; those of the package were run")
    if is_same or run:
        _replicate_twin(replica)
        _replicate_data(replica)
    else:
        page.add(SKIPPED, "the twin", f"{why}. Look at them, then allow the package's own to run: --run")
    _note_what_needs_access(replica)
    page.write(folder, REPORT)
    return page


def listing(package: Package) -> str:
    """What a package has, before any of it is used."""
    about = package.about
    lines = [first_line(package.is_invented), "", f"{package.path}: {about['profile']} package of {about['study']}"]
    groups: dict[str, list[int]] = {}
    for name, size in package.sizes.items():
        groups.setdefault(name.partition("/")[0] + ("/" if "/" in name else ""), []).append(size)
    lines += [f"  {name:28}{count(len(sizes), 'file'):>12}{sum(sizes):>16,} bytes" for name, sizes in groups.items()]
    if about["analysis"]:
        lines.append(f"Scripts of its authors, which only --run starts: {', '.join(about['analysis'])}")
    return "\n".join("".join(each if each.isprintable() else "?" for each in line) for line in lines)


def _facts(package: Package) -> dict[str, str]:
    about = package.about
    return {
        "package": package.path.name,
        "sha256": sha256(package.path),
        "study": f"{about['study']}, dataset {about['dataset']}, profile {about['profile']}",
        "made by": f"{about['software']}; replicated by ttdata {version('ttdata')}",
    }


def _compare_workflow(package: Package) -> tuple[bool, str]:
    """Whether the Snakefile and the rules of a package are those of this installation, and why not."""
    own = {f"{_WORKFLOW}{name}": text for name, text in workflow_files().items()}
    theirs = {name for name in package.sizes if name.startswith(_WORKFLOW)}
    stated, here = package.about["software"], f"ttdata {version('ttdata')}"
    if stated != here:
        return False, f"the package was made by {stated}, and this is {here}; pip install ttdata=={stated.split()[-1]}"
    different = [name for name in sorted({*own, *theirs}) if name not in theirs or own.get(name) != package.text(name)]
    if different:
        return False, f"{different[0]} is not that of {stated}"
    return True, ""


def _replicate_twin(replica: _Replica) -> None:
    """Build the twin, compare its digest, and run the analysis on it."""
    package, page = replica.package, replica.page
    replica.say("Building the twin from the bundled mock server …")
    built = _build(replica, "twin/config.yaml", "twin")
    if built is None:
        return
    stated = package.about["twin"]["digests"].get(package.dataset)
    if digest_of(built) == stated:
        page.add(OK, "the synthetic twin", f"built again, it has the digest {stated[:16]}…")
    else:
        page.add(FAILED, "the synthetic twin", f"its digest is {digest_of(built)[:16]}…, the package says {stated}")
    _run(replica, built, "twin/outputs", "on the twin")


def _replicate_data(replica: _Replica) -> None:
    """Build the dataset from its pages, or from the mock server if that is its API and its study is complete."""
    package, page = replica.package, replica.page
    about = package.about
    if package.has(_PLAN):
        replica.say("Building the dataset from its pages …")
        built = _assemble(replica)
    elif _can_rebuild(package):
        replica.say("Building the dataset itself: its API is the mock server, too …")
        built = _build(replica, "config.yaml", "dataset")
    else:
        return
    if built is None:
        return
    with opened(built) as con:
        digests = digests_of(con)
    lines = (line.partition("  ") for line in package.text("checksums/tables.sha256").splitlines())
    stated = {table: digest for digest, _, table in lines}
    same = [table for table, digest in stated.items() if digests.get(table) == digest]
    if digest_of(built) == about["digest"]:
        page.add(OK, f"the dataset {package.dataset}", f"digest {about['digest'][:16]}…, {count(len(same), 'table')}")
    else:
        other = ", ".join(sorted(set(stated) - set(same)))
        page.add(FAILED, f"the dataset {package.dataset}", f"these tables differ: {other or 'none of its own'}")
    if not about["labels_hidden"]:
        _run(replica, built, "outputs", "on the dataset")


def _assemble(replica: _Replica) -> Path | None:
    """Build the dataset from the pages that a package has. It sends nothing. None if that failed."""
    name, data = replica.package.dataset, Folder(replica.files / "data")
    built = Folder(replica.folder / "dataset").dataset(name)
    try:
        plan = Plan.read(data.plan, data)
        labels = [replica.files / "labels" / f"{each.name}.csv" for each in plan.dataset(name).labels]
        build(plan, name, built, label_files=labels)
    except (Fault, StopIteration) as fault:
        replica.page.add(FAILED, f"the build of the dataset {name} from its pages", str(fault))
        return None
    return built


def _can_rebuild(package: Package) -> bool:
    is_complete = not package.about["accounts_hidden"] and package.about["profile"] != "aggregate"
    return package.is_invented and package.about["api"] == MOCK and is_complete


def _build(replica: _Replica, study: str, name: str) -> Path | None:
    """Build a study of the package that names the mock server. Returns the dataset file, None if that failed."""
    folder = replica.folder / name
    folder.mkdir()
    file = _study_file(replica.files / study, folder)
    if replica.snakefile:
        snakemake = [sys.executable, "-m", "snakemake", "--snakefile", str(replica.snakefile)]
        command = [*snakemake, "--configfile", str(file), "--directory", str(folder), "--scheduler", "greedy"]
    else:
        command = child.ttdata("build", str(file), "--directory", str(folder), "--")
    cores = str(min(2, os.cpu_count() or 1)) if name != "twin" else "1"
    ended = child.run([*command, "--cores", cores], folder, replica.folder / "home")
    built = folder / "datasets" / f"{replica.package.dataset}.duckdb"
    if ended.status or not built.exists():
        replica.page.add(FAILED, f"the build of {study}", f"status {ended.status}\n{ended.last_lines}")
        return None
    return built


def _study_file(path: Path, folder: Path) -> Path:
    """A study of the package, to be built: only from the bundled mock server. Raises BadPackage for any other.

    It is written next to the original, where its lists are.
    """
    declared: Any = Study.load(path)
    api = declared.get("api")
    if not isinstance(api, Mapping) or api.get("base_url") != MOCK:
        raise BadPackage(f"{path.name} of the package does not name the mock server, so it is not built.")
    kept = {key: value for key, value in declared.items() if key not in _IGNORED}
    file = path.with_name(f"replicate-{folder.name}.yaml")
    file.write_text(yaml.safe_dump(kept, sort_keys=False, allow_unicode=True), "utf-8")
    return file


def _run(replica: _Replica, dataset: Path, expected: str, where: str) -> None:
    """Run the analysis on a dataset, and compare what it writes with what the package has."""
    page, work = replica.page, replica.work
    if not work.scripts:
        return
    if not replica.may_run:
        page.add(
            SKIPPED, f"the analysis {where}", f"{', '.join(work.scripts)}: look at it, then allow it to run: --run"
        )
        return
    replica.say(f"Running {', '.join(work.scripts)} {where} …")
    folder = replica.folder / "analysis" / dataset.parent.parent.name
    try:
        outputs = run_analysis(work, replica.files / "analysis", dataset, folder)
    except AnalysisFailed as failed:
        page.add(FAILED, f"the analysis {where}", str(failed))
        return
    except OSError as error:
        page.add(FAILED, f"the analysis {where}", f"{error.filename} cannot be used: {error.strerror}")
        return
    for name, path in outputs.items():
        packaged = replica.files / expected / name
        if packaged.is_file() and packaged.read_bytes() == path.read_bytes():
            page.add(OK, f"{name} {where}", "the same bytes")
        else:
            page.add(FAILED, f"{name} {where}", _difference(packaged, path))


def _difference(expected: Path, found: Path) -> str:
    """Where two outputs begin to differ."""
    if not expected.is_file():
        return "the package has no such output"
    old, new = expected.read_bytes(), found.read_bytes()
    place = next(
        (number for number, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    line = old.count(b"\n", 0, place) + 1
    return f"it differs from line {line:,} on ({len(old):,} bytes in the package, {len(new):,} here): see {found}"


def _note_what_needs_access(replica: _Replica) -> None:
    package, page = replica.package, replica.page
    about = package.about
    for name in about["labels_hidden"]:
        page.add(ACCESS, f"the labels {name}", "they must be requested from the authors")
    if package.has(_PLAN) or _can_rebuild(package):
        if about["labels_hidden"] and about["analysis"]:
            page.add(ACCESS, "the analysis on the dataset", "it was not run, since it may need the labels")
        return
    rows = about["rows"]
    listed = ", ".join(
        f"{rows[name]:,} {name}" for name in ("videos", "comments", "users") if _is_number(rows.get(name))
    )
    page.add(ACCESS, f"the dataset {package.dataset}{f' ({listed})' if listed else ''}", _how_to_request(package))
    for name in about["outputs"]:
        page.add(ACCESS, f"{name} on the dataset", "the package has it as its authors made it: outputs/")
    if about["accounts_hidden"]:
        page.add(ACCESS, "the accounts that the study names", "the list must be requested from the authors")


def _how_to_request(package: Package) -> str:
    if package.about["profile"] == "aggregate":
        return "this package has counts only; ask the authors for the ids"
    if package.has("ids/videos.csv.gz"):
        return "with credentials: ttdata rehydrate"
    return "with credentials: ttdata build config.yaml"


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
