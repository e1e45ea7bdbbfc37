"""Rehydrates a package: a study that requests its ids is written, its cost is shown, it is built, and compared.

Only this module of the folder has requests sent, by a build that it starts with the user's own credentials.
"""

import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from ttdata.build.digest import digests as digests_of
from ttdata.errors import Fault
from ttdata.files import write_json
from ttdata.publish.contents import REAL
from ttdata.publish.package.decay import Decay, decay_of
from ttdata.publish.package.page import NOTE, OK, Page
from ttdata.publish.package.texts import first_line
from ttdata.publish.package.verify import BadPackage, Package, verified
from ttdata.publish.package.zip_file import sha256
from ttdata.study.study import Study
from ttdata.tables.files import opened
from ttdata.text import count

REPORT = "rehydration"
_STUDY, _IDS, _PACKAGE = "config.yaml", "lists/video-ids.csv", ".package"
_KEPT_OF_VIDEOS = ("fields",)
_DROPPED = ("package", "exports", "waive", "limits", "canary")


def prepare(path: Path, folder: Path) -> Package:
    """Write a study that requests the ids of a package to a folder, which is new, or was made from the same package.

    Raises BadPackage, Fault.
    """
    package = verified(path)
    if not package.has("ids/videos.csv.gz"):
        raise Fault(
            f"{path} has no ids of videos (its profile is {package.about['profile']}), so nothing can be requested."
        )
    mark, own = folder / _PACKAGE, sha256(path)
    if folder.exists() and any(folder.iterdir()):
        if not mark.is_file() or mark.read_text("utf-8").strip() != own:
            raise Fault(f"{folder} is not empty, and not of this package. Name a new folder: --directory rehydrated-2")
        return package
    (folder / "lists").mkdir(parents=True, exist_ok=True)
    declared = _declared(package, folder)
    ids = [row["id"] for row in csv.DictReader(io.StringIO(package.text("ids/videos.csv.gz")))]
    (folder / _IDS).write_text("video_id\n" + "".join(f"{each}\n" for each in ids), "utf-8")
    text = yaml.safe_dump(declared, sort_keys=False, allow_unicode=True, width=110)
    (folder / _STUDY).write_text(f"# {first_line(package.is_invented)}\n{text}", "utf-8")
    mark.write_text(f"{own}\n", "utf-8")
    return package


def _declared(package: Package, folder: Path) -> dict[str, Any]:
    """The study of a package with its videos by id, and without what cannot be requested."""
    for name in package.sizes:
        if name == _STUDY or name.startswith(("lists/", "labels/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(package.text(name), "utf-8")
    declared: Any = Study.load(folder / _STUDY)
    api = declared.get("api") if isinstance(declared.get("api"), dict) else {}
    is_real = str(api.get("base_url", "")).rstrip("/") == REAL
    if is_real == package.is_invented:
        raise BadPackage(
            f"The data of {package.path} are {'invented' if package.is_invented else 'real'}, and its study names "
            f"{api.get('base_url', 'the mock server')}. Invented and real data are never mixed: nothing is sent."
        )
    try:
        dataset = declared["datasets"][package.dataset]
        videos = dataset["videos"]
    except (KeyError, TypeError):
        raise BadPackage(f"The study of {package.path} declares no videos of {package.dataset}.") from None
    during = videos.get("during")
    is_period = isinstance(during, list) and len(during) == 2
    end = package.about["collected"][1] if is_period and during[1] == "open" else during[1] if is_period else ""
    kept = {key: videos[key] for key in _KEPT_OF_VIDEOS if key in videos}
    dataset["videos"] = {"of": "ids", **({"during": [during[0], end]} if is_period else {}), **kept}
    dataset["ids"] = {"file": _IDS}
    for name in _without_their_list(dataset, hidden=package.about["accounts_hidden"]):
        del dataset[name]
    kept_keys = {key: value for key, value in declared.items() if key not in _DROPPED}
    return kept_keys | {"datasets": {package.dataset: dataset}}


def _without_their_list(dataset: dict[str, Any], *, hidden: bool) -> list[str]:
    """Sources about accounts that the package does not name, and those that follow from them."""
    gone = ["accounts"] if hidden and "accounts" in dataset else []
    for name, source in dataset.items():
        if isinstance(source, dict) and source.get("of") in gone:
            gone.append(name)
    return gone


def cost(folder: Path) -> str:
    """What the study will request, as `ttdata plan` prints it. Raises Fault if it cannot be planned."""
    command = [sys.executable, "-m", "ttdata", "plan", str(folder / _STUDY), "--directory", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Fault(done.stderr.strip())
    return done.stdout.strip()


def build(folder: Path) -> int:
    """Build the study with the credentials of the environment; its exit status."""
    command = [sys.executable, "-m", "ttdata", "build", str(folder / _STUDY), "--directory", str(folder)]
    return subprocess.run(command, check=False).returncode


def report(package: Package, folder: Path) -> Page:
    """Compare what came back with the package, and write that to the folder as text, HTML and JSON."""
    with opened(folder / "datasets" / f"{package.dataset}.duckdb") as con:
        decay, digests = decay_of(package, con), digests_of(con)
    page = Page(first_line(package.is_invented), f"Rehydration of {package.path.name}", _facts(package, decay))
    lines = (line.partition("  ") for line in package.text("checksums/tables.sha256").splitlines())
    for digest, _, table in lines:
        if digests.get(table) == digest:
            page.add(OK, f"the table {table}", "it has the digest that the package states")
        else:
            page.add(NOTE, f"the table {table}", "it differs" if table in digests else "it was not requested")
    page.tables += decay.tables
    page.tables.append(("Measures", ("measure", "value"), [(k, _shown(k, v)) for k, v in decay.measures.items()]))
    page.write(folder, REPORT)
    same = [
        table for table in digests if any(row.what == f"the table {table}" and row.state == OK for row in page.rows)
    ]
    write_json(
        folder / f"{REPORT}.json",
        {
            "note": page.first_line,
            "requested": decay.requested,
            "found": decay.found,
            "measures": decay.measures,
            "tables_that_are_the_same": same,
            "strata": {title: [list(row) for row in body] for title, _, body in decay.tables},
        },
    )
    return page


def _shown(measure: str, value: float) -> str:
    return f"{value:+.1%}" if measure.startswith("changingness") else f"{value:.3f}"


def _facts(package: Package, decay: Decay) -> dict[str, str]:
    return {
        "package": package.path.name,
        "sha256": sha256(package.path),
        "study": f"{package.about['study']}, dataset {package.dataset}",
        "videos": f"{decay.found:,} of {count(decay.requested, 'video')} came back",
    }
