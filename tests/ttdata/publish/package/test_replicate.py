"""Replication without credentials, and packages from anyone: nothing of a bad one is used."""

import hashlib
import json
import os
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Outcome, command, ttdata
from ttdata.publish.contents import INVENTED
from ttdata.publish.package import verify
from ttdata.publish.package.child import environment
from ttdata.publish.package.page import ACCESS, FAILED, OK, SKIPPED, Page
from ttdata.publish.package.verify import BadPackage, verified

Files = dict[str, bytes]


def files_of(archive: Path) -> Files:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def package_of(path: Path, files: Files) -> Path:
    """A zip file of these files with the checksums that they have."""
    kept = {name: content for name, content in files.items() if name != "SHA256SUMS"}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in kept.items())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**kept, "SHA256SUMS": sums.encode()}.items():
            archive.writestr(name, content)
    return path


def about(files: Files, **changes: object) -> Files:
    """The same files with another package.json."""
    return {**files, "package.json": json.dumps(json.loads(files["package.json"]) | changes).encode()}


def replicate(archive: Path, folder: Path, *options: str) -> Outcome:
    return ttdata("replicate", archive, "--directory", folder, *options)


@pytest.mark.slow
def test_a_package_is_replicated_in_an_empty_folder_and_environment(public: Path, tmp_path: Path) -> None:
    outcome = command(
        *("env", "-i", f"HOME={tmp_path / 'nobody'}", "PATH=/usr/bin:/bin", sys.executable, "-m", "ttdata"),
        *("replicate", str(public), "--directory", str(tmp_path / "replica"), "--run"),
        directory=tmp_path,
    )
    assert outcome.status == 0, outcome.said
    assert outcome.said.startswith(INVENTED)
    page = (tmp_path / "replica/replication.txt").read_text()
    assert page.startswith(INVENTED)
    assert "figure.svg on the twin: the same bytes" in page
    assert "figure.svg on the dataset: the same bytes" in page
    assert "the dataset small: digest" in page
    assert (tmp_path / "replica/replication.html").read_text().count("<h2>") >= 1


@pytest.mark.slow
def test_without_run_no_script_is_started_and_the_status_says_so(public: Path, tmp_path: Path) -> None:
    files = files_of(public)
    files["analysis/figure.py"] = f"open({str(tmp_path / 'ran')!r}, 'w')\n".encode()
    outcome = replicate(package_of(tmp_path / "p.zip", files), tmp_path / "replica")
    assert outcome.status == 1
    assert not (tmp_path / "ran").exists()
    assert "look at it, then allow it to run: --run" in " ".join(outcome.said.split())
    assert "built again, it has the digest" in " ".join(outcome.said.split())


def test_another_snakefile_is_not_run_without_permission(public: Path, tmp_path: Path) -> None:
    files = files_of(public)
    files["workflow/Snakefile"] += f"\nopen({str(tmp_path / 'ran')!r}, 'w')\n".encode()
    outcome = replicate(package_of(tmp_path / "p.zip", files), tmp_path / "replica")
    assert outcome.status == 1
    assert "Snakefile is not that of ttdata" in " ".join(outcome.said.split())
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "replica/twin").exists()


@pytest.mark.slow
def test_with_permission_the_snakefile_of_the_package_is_run(public: Path, tmp_path: Path) -> None:
    files = files_of(public)
    files["workflow/Snakefile"] += f"\nopen({str(tmp_path / 'ran')!r}, 'w')\n".encode()
    replicate(package_of(tmp_path / "p.zip", files), tmp_path / "replica", "--run")
    assert (tmp_path / "ran").exists()


def test_a_package_of_another_version_says_what_to_install(public: Path, tmp_path: Path) -> None:
    archive = package_of(tmp_path / "p.zip", about(files_of(public), software="ttdata 9.8.7"))
    outcome = replicate(archive, tmp_path / "replica")
    assert outcome.status == 1
    assert "pip install ttdata==9.8.7" in " ".join(outcome.said.split())


def test_a_study_that_names_another_server_is_not_built(public: Path, tmp_path: Path) -> None:
    files = files_of(public)
    files["twin/config.yaml"] = files["twin/config.yaml"].replace(b"base_url: mock", b"base_url: http://127.0.0.1:9")
    outcome = replicate(package_of(tmp_path / "p.zip", files), tmp_path / "replica")
    assert outcome.status == 1
    assert "does not name the mock server" in outcome.said


@pytest.mark.slow
def test_a_twin_with_another_digest_is_not_reproduced(public: Path, tmp_path: Path) -> None:
    files = files_of(public)
    twin = json.loads(files["package.json"])["twin"] | {"digests": {"small": "0" * 64}}
    outcome = replicate(package_of(tmp_path / "p.zip", about(files, twin=twin)), tmp_path / "replica")
    assert outcome.status == 1
    assert "NOT reproduced:\n  * the synthetic twin" in outcome.said


@pytest.mark.slow
def test_a_folder_with_files_is_left_alone(public: Path, tmp_path: Path) -> None:
    (tmp_path / "replica").mkdir()
    (tmp_path / "replica" / "mine.txt").write_text("x")
    outcome = replicate(public, tmp_path / "replica")
    assert outcome.status == 1
    assert "is not empty" in outcome.said
    assert [path.name for path in (tmp_path / "replica").iterdir()] == ["mine.txt"]


def test_a_program_of_a_package_gets_no_credential_and_no_home() -> None:
    secret = {"TIKTOK_CLIENT_SECRET": "s", "TTDATA_PSEUDONYM_KEY": "k", "AWS_SECRET_ACCESS_KEY": "a", "MY_LOGIN": "x"}
    given = environment(Path("/empty"), {**secret, "PATH": "/usr/bin", "HOME": "/home/anna"})
    assert not set(secret) & set(given)
    assert given["HOME"] == "/empty"


def test_the_status_of_a_page_is_whether_all_that_can_be_reproduced_was() -> None:
    page = Page("", "", {})
    page.add(OK, "a")
    page.add(ACCESS, "b")
    assert page.is_complete
    for state in (FAILED, SKIPPED):
        other = Page("", "", {}, [*page.rows])
        other.add(state, "c\x1b[31m")
        assert not other.is_complete
        assert "\x1b" not in other.text()


# Packages from anyone


def _with(name: str, content: bytes = b"x", **attributes: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with zipfile.ZipFile(path, "a") as archive:
            info = zipfile.ZipInfo(name)
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.writestr(info, content)

    return change


def _flip(path: Path) -> None:
    files = files_of(path)
    files["README.md"] = files["README.md"].replace(b"a", b"b", 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-300])


def _without(name: str) -> Callable[[Path], None]:
    return lambda path: package_of(path, {key: value for key, value in files_of(path).items() if key != name}) and None


def _changed(**changes: object) -> Callable[[Path], None]:
    return lambda path: package_of(path, about(files_of(path), **changes)) and None


def _bomb(path: Path) -> None:
    files = files_of(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, "zeros": bytes(30 << 20)}.items():
            archive.writestr(name, content)


def _encrypted(path: Path) -> None:
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)


BAD = {
    "a name that leads out": (_with("../evil.txt"), "leads out"),
    "a name that leads out later": (_with("ids/../../evil.txt"), "leads out"),
    "an absolute name": (_with("/tmp/evil.txt"), "leads out"),
    "a name of Windows": (_with("C:evil.txt"), "character"),
    "a backslash": (_with("ids\\..\\evil.txt"), "character"),
    "a control character": (_with("a\x1b[2Jb"), "character"),
    "a link": (
        _with("link", b"/etc/passwd", external_attr=(stat.S_IFLNK | 0o777) << 16),
        "is a link or a special file",
    ),
    "a device": (_with("null", external_attr=(stat.S_IFCHR | 0o666) << 16), "link or a special file"),
    "the same name in capitals": (_with("readme.MD"), "twice"),
    "a file as a folder": (_with("README.md/x"), "folder that is a file"),
    "a file without a checksum": (_with("more.txt"), "does not list exactly"),
    "a bomb": (_bomb, "grow more than"),
    "an encrypted member": (_encrypted, "is encrypted. No file"),
    "a changed file": (_flip, "checksum of README.md does not hold"),
    "a cut file": (_cut, "cannot be read as a zip file"),
    "no checksums": (lambda path: _drop(path, "SHA256SUMS"), "SHA256SUMS"),
    "no package.json": (_without("package.json"), "not a package of ttdata"),
    "a dataset that is a path": (_changed(dataset="../../etc"), "dataset"),
    "an analysis that is a path": (_changed(analysis=["../../evil.py"]), "analysis"),
    "an output that is a number": (_changed(outputs=[1]), "outputs"),
    "another format": (_changed(format=99), "another version"),
    "invented ids that are said to be real": (_changed(invented=False), "says that its data are real"),
}


def _drop(path: Path, dropped: str) -> None:
    files = files_of(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            if name != dropped:
                archive.writestr(name, content)


@pytest.mark.parametrize("what", BAD)
def test_a_bad_package_is_refused_in_a_sentence_before_a_file_is_written(
    public: Path, tmp_path: Path, what: str
) -> None:
    change, reason = BAD[what]
    archive = tmp_path / "bad.zip"
    archive.write_bytes(public.read_bytes())
    change(archive)
    with pytest.raises(BadPackage) as caught:
        verified(archive)
    assert reason in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == ["bad.zip"]


@pytest.mark.slow
def test_a_bad_package_ends_the_command_with_a_sentence(public: Path, tmp_path: Path) -> None:
    archive = tmp_path / "bad.zip"
    archive.write_bytes(public.read_bytes())
    _with("../evil.txt")(archive)
    for arguments in (("verify", archive), ("replicate", archive, "--directory", tmp_path / "replica")):
        outcome = ttdata(*arguments)
        assert outcome.status == 1
        assert "Traceback" not in outcome.said
    assert not (tmp_path / "evil.txt").exists()
    assert not (tmp_path.parent / "evil.txt").exists()


def test_a_package_with_too_many_files_or_bytes_is_refused(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MOST_FILES", 3)
    with pytest.raises(BadPackage, match="at most 3"):
        verified(public)
    monkeypatch.setattr(verify, "MOST_FILES", 50_000)
    monkeypatch.setattr(verify, "LARGEST", 1000)
    with pytest.raises(BadPackage, match="would take more than"):
        verified(public)


def test_a_good_package_is_listed(public: Path) -> None:
    outcome = ttdata("verify", public)
    assert outcome.status == 0
    assert "only --run starts: figure.py" in outcome.said
    assert "All checksums hold" in outcome.said
