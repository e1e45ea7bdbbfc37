"""The erasure certificate: what was rewritten and deleted, in counts and hashes. It names no record and no person."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ttdata.comply.purge.journal import Journal
from ttdata.comply.purge.request import TITLES
from ttdata.comply.purge.verify import Scan, tracked_files
from ttdata.files import write_atomically, write_json
from ttdata.plan.plan import Plan
from ttdata.store.mirrors import mirrors
from ttdata.store.paths import Folder
from ttdata.study.platform_terms import PlatformTerms
from ttdata.text import count, folded

FORMAT = 1
_UNREACHED = (
    "Packages that were published or sent to somebody: ask each archive and each recipient.",
    "Backups of this folder, snapshots of its file system, and the unused space of its disk.",
)


def sha256(path: Path) -> str:
    """The hash of a file; "" if there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content(plan: Plan, journal: Journal, scan: Scan, after: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The certificate as data. after: of each dataset its digest and rows."""
    folder = plan.folder
    memory = PlatformTerms.of(plan.declared).tombstone
    files = {name: {"before": before, "after": sha256(folder.root / name)} for name, before in journal.files.items()}
    return {
        "format": FORMAT,
        "erased": journal.request.kind,
        "what": TITLES[journal.request.kind],
        "began": journal.began,
        "records": dict(journal.counts),
        "masked": journal.masked,
        "label_rows": dict(journal.label_rows),
        "datasets": {
            name: {"before": before, "after": after.get(name, {})} for name, before in journal.datasets.items()
        },
        "rewritten": {name: each for name, each in files.items() if each["after"] and each["after"] != each["before"]},
        "deleted": {name: each["before"] for name, each in files.items() if not each["after"]},
        "verified": {
            **asdict(scan),
            "values": len(journal.ids) + len(journal.texts) + len(journal.people),
            "found_nothing": not scan.left,
        },
        "not_reached": list(_not_reached(folder, journal, scan)),
        "kept_out": _kept_out(journal, memory),
    }


def _not_reached(folder: Folder, journal: Journal, scan: Scan) -> list[str]:
    lines = list(_UNREACHED)
    packages = [name for name in journal.files if name.endswith(".zip")]
    if packages:
        lines.insert(0, f"Copies of the packages deleted here: {', '.join(packages)}.")
    lines += [
        f"{mirror.address}: the mirror may have {count(len(mirror.files), 'file')} of this folder from before. Delete "
        "it, then push again."
        for mirror in mirrors(folder.mirrors)
    ]
    tracked = [path for path in tracked_files(folder) if path.relative_to(folder.root).as_posix() in journal.files]
    if tracked or scan.in_git:
        number = count(len(tracked) + len(scan.in_git), "file")
        lines.append(f"The git history of this folder: git tracks {number} that had or have what was erased.")
    if scan.in_study:
        lines.append(f"The study itself names it: {', '.join(scan.in_study)}. Delete it there.")
    return lines


def _kept_out(journal: Journal, memory: str) -> str:
    if journal.request.kind in ("gone", "all"):
        return "Nothing is kept out of later builds: what is available again may come back."
    noun = "account" if journal.request.kind == "user" else "video"
    if not journal.barred:
        return (
            f"It is not possible to keep the {noun} out of later builds, since the study says terms: {{tombstone: "
            "none}: nothing is remembered by which it could be recognised."
        )
    how = "a keyed hash of its name or id" if memory == "hash" else "its name or id"
    return f"The {noun} is kept out of later builds, by {how} in refresh/tombstones.json, as long as that file exists."


def text(certificate: Mapping[str, Any]) -> str:
    """The certificate as a page."""
    records = ", ".join(f"{table} {number:,}" for table, number in certificate["records"].items()) or "none"
    verified = certificate["verified"]
    lines = [
        f"Erasure of {certificate['began'][:10]}: {certificate['what']}",
        "",
        folded(f"Records erased from the raw pages: {records}."),
        *([f"Mentions masked in texts of others: {certificate['masked']:,}."] if certificate["masked"] else []),
        *(f"Rows removed from {name}: {number:,}." for name, number in certificate["label_rows"].items() if number),
        folded(
            f"{count(len(certificate['rewritten']), 'file')} rewritten, {count(len(certificate['deleted']), 'file')} "
            "deleted. A build makes the deleted reports and lists again; export and package again what you need."
        ),
        "",
    ]
    for name, each in certificate["datasets"].items():
        before, after = (each[when].get("digest", "none, it was deleted")[:16] for when in ("before", "after"))
        lines.append(f"{name}: digest before {before}, after {after}")
    result = "nothing of it was found" if verified["found_nothing"] else "SOMETHING WAS FOUND, see below"
    lines += [
        "",
        folded(
            f"Verified: {count(verified['files'], 'file')} ({verified['bytes']:,} bytes, compressed ones unpacked) "
            f"were searched for {verified['values']:,} ids, names and texts: {result}."
        ),
        *(f"  * {name}" for name in verified["left"]),
        *(folded(f"Not searched: {each}") for each in verified["unread"]),
        "",
        "Not reached:",
        *(folded(f"  * {line}") for line in certificate["not_reached"]),
        "",
        folded(certificate["kept_out"]),
    ]
    return "\n".join(lines) + "\n"


def write(folder: Folder, journal: Journal, certificate: Mapping[str, Any]) -> Path:
    """Write the certificate, for programs and for people. Returns the page."""
    write_json(folder.erasures / f"{journal.certificate}.json", certificate)
    page = folder.erasures / f"{journal.certificate}.txt"
    write_atomically(page, text(certificate))
    return page
