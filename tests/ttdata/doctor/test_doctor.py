"""Each fault that is planted is found by its own check, with a remedy, and nothing is found in a folder without one."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from tests.support import FOLDER, small_study
from tests.ttdata.with_mock import build_small, mock, plan_of
from ttdata.cli.main import main
from ttdata.comply.record import Record, Start
from ttdata.doctor import machine
from ttdata.doctor.checks import CHECKS, examine
from ttdata.doctor.finding import Patient
from ttdata.files import write_json
from ttdata.store.receipts import Receipt

SECRET = "aVerySecretValue42"
REAL = {"base_url": "https://open.tiktokapis.com"}


def patient(environment: dict[str, str] | None = None, mounts: str = "", **changes: Any) -> Patient:
    declared = small_study(api=REAL, terms={"refresh_days": 15, "version": "2026-01-22"}) | changes
    return Patient(FOLDER, declared, environment or {}, mounts)


def found(examined: Patient) -> list[str]:
    """The checks that found something."""
    return [name for name, some in examine(examined).items() if some]


@pytest.fixture(autouse=True)
def closed(own_folder: Path) -> None:
    own_folder.chmod(0o700)


def write(path: str, text: str, mode: int = 0o600) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return file


def test_a_folder_without_a_fault_has_no_finding() -> None:
    write("config.yaml", "study: small\n")
    write("notes.py", 'client_secret = os.environ["TIKTOK_CLIENT_SECRET"]\nclient_secret: ${SECRET}\n')
    write("logs/mock.log", "client_secret=mock-secret-of-tests\n")
    assert found(patient({"TIKTOK_CLIENT_SECRET": SECRET})) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", f"export SOMETHING={SECRET}\n"),
        ("logs/collect/a.log", f"{'x' * ((1 << 20) - 5)}{SECRET}"),  # across two pieces
        ("collect.py", 'CLIENT_SECRET = "Zk3vOtherSecret77"\n'),
        ("raw/page.txt", "Authorization: Bearer clt.2.AbCdEfGhIjKlMnOpQrStUv*0\n"),
    ],
)
def test_a_secret_in_a_file_is_found_and_not_printed(path: str, text: str) -> None:
    write(path, text)
    examined = patient({"TIKTOK_CLIENT_SECRET": SECRET})
    assert found(examined) == ["secrets in files and logs"]
    (finding,) = examine(examined)["secrets in files and logs"]
    assert path in finding.problem
    assert SECRET not in finding.problem + finding.remedy
    assert "Zk3v" not in finding.problem


def test_a_secret_in_the_git_history_is_found_after_it_was_deleted() -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *words], check=True, capture_output=True)

    git("init")
    write("run.sh", f"export TIKTOK_CLIENT_SECRET={SECRET}\n")
    git("add", "run.sh")
    git("commit", "-m", "first")
    Path("run.sh").unlink()
    git("commit", "-am", "second")
    assert found(patient()) == ["secrets in the git history"]
    git("checkout", "--orphan", "without")
    git("commit", "--allow-empty", "-m", "third")
    assert found(patient()) == ["secrets in the git history"]


def real_dataset() -> None:
    write("datasets/notes.txt", "data", 0o644)
    Path("datasets").chmod(0o755)


def test_data_that_every_user_can_read_are_found(tmp_path: Path) -> None:
    real_dataset()
    assert found(patient()) == []  # the folder is closed
    for place in (tmp_path, *tmp_path.parents):
        if place.owner() == Path.home().owner() and place != Path("/"):
            place.chmod(place.stat().st_mode | 0o001)
    assert found(patient()) == ["data that others can read"]
    assert found(patient(api={"base_url": "mock"})) == []  # nobody's data


def test_a_key_that_others_can_read_is_found() -> None:
    write("tombstones.key", "ab" * 32, 0o640)
    assert found(patient()) == ["key of the tombstones"]


def test_a_study_of_the_real_api_without_terms_is_found() -> None:
    declared = small_study(api=REAL)
    assert found(Patient(FOLDER, declared, {})) == ["terms stated"]
    assert found(Patient(FOLDER, small_study(), {})) == []


def build_real() -> None:
    """A dataset from the address of the real API, which a mock server in this process answers, on 1 June 2026."""
    with mock() as collector:
        plan = plan_of({"videos": small_study()["datasets"]["small"]["videos"]})
        collector.videos(plan)
    build_small(plan)


@pytest.mark.slow
def test_a_refresh_that_is_not_finished_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    build_real()
    monkeypatch.setenv("TTDATA_NOW", "2026-06-02T12:00:00+00:00")
    record = Record(FOLDER.refreshes / "small" / "2026-06-16")
    record.begin(Start("small", "2026-06-16T12:00:00+00:00", 10, (), ""), {"video": [], "comment": [], "user": []})
    assert found(patient()) == ["refreshes"]


@pytest.mark.slow
def test_what_is_gone_and_still_there_and_a_purge_that_is_not_finished_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build_real()
    monkeypatch.setenv("TTDATA_NOW", "2026-06-02T12:00:00+00:00")
    with duckdb.connect(str(FOLDER.dataset("small")), read_only=True) as con:
        ((video,),) = con.execute("SELECT min(id)::VARCHAR FROM videos").fetchall()
    record = Record(FOLDER.refreshes / "small" / "2026-06-02")
    record.begin(Start("small", "2026-06-02T12:00:00+00:00", 10, (), ""), {"video": [], "comment": [], "user": []})
    write_json(record.gone, {"video": [video], "comment": [], "user": []})
    record.finish({})
    FOLDER.refreshes.chmod(0o700)
    (finding,) = examine(patient())["refreshes"]
    assert "1 record that the last refresh did not find" in f"{finding}"
    write(str(FOLDER.purge), "{}")
    assert len(examine(patient())["refreshes"]) == 2


@pytest.mark.slow
def test_an_overdue_dataset_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    build_real()
    monkeypatch.setenv("TTDATA_NOW", "2026-06-16T11:00:00+00:00")
    assert found(patient()) == []
    monkeypatch.setenv("TTDATA_NOW", "2026-06-16T13:00:00+00:00")
    assert found(patient()) == ["refreshes"]


def with_terms(**terms: Any) -> dict[str, Any]:
    return {"terms": {"refresh_days": 15, "version": "2026-01-22"} | terms}


def test_people_whose_access_has_ended_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTDATA_NOW", "2026-06-16T13:00:00+00:00")
    ended, last_day = {"who": "assistant 1", "until": "2026-06-15"}, {"who": "assistant 1", "until": "2026-06-16"}
    assert found(patient(**with_terms(roster=[last_day]))) == []
    assert found(patient(**with_terms(roster=[ended]))) == ["people who have left"]


def test_people_who_do_not_share_a_ledger_are_found() -> None:
    people = with_terms(roster=[{"who": "PI"}, {"who": "assistant"}])
    assert found(patient(**people)) == ["one ledger for all"]
    assert found(patient({"TTAPI_LEDGER": "quota.sqlite"}, **people)) == []


def test_a_notice_that_was_not_sent_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTDATA_NOW", "2026-06-16T13:00:00+00:00")
    planned = {"planned": "2026-07-16", "notice_days": 30}
    assert found(patient(**with_terms(publication=planned))) == ["notice of a publication"]
    assert found(patient(**with_terms(publication=planned | {"planned": "2026-07-17"}))) == []
    assert found(patient(**with_terms(publication=planned | {"notified": True}))) == []


def test_a_search_in_canada_is_found() -> None:
    datasets = {"a": {"videos": {"where": {"all": [{"region_code": ["US", "ca"]}]}}}}
    assert found(patient(datasets=datasets)) == ["region code CA"]


def test_a_full_disk_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = os.statvfs(".")
    full = type("Usage", (), {"total": usage.f_blocks, "used": usage.f_blocks, "free": 1})
    monkeypatch.setattr("shutil.disk_usage", lambda path: full)
    assert found(patient()) == ["disk"]


def test_a_ledger_on_a_network_file_system_is_found() -> None:
    mounts = "/dev/sda1 / ext4 rw 0 0\nserver:/home /net/home\\040dirs nfs4 rw 0 0\n"
    ledger = {"TTAPI_LEDGER": "/net/home dirs/quota.sqlite"}
    assert found(patient(ledger, mounts)) == ["network file systems"]
    assert found(patient({"TTAPI_LEDGER": "/var/quota.sqlite"}, mounts)) == []
    assert machine.file_system(Path("/net/home dirs/a"), mounts) == "nfs4"


def test_a_package_that_does_not_fit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "version", lambda name: "0.1" if name == "requests" else "99")
    (finding,) = machine.versions(patient())
    assert "requests 0.1, needed >=" in finding.problem


def test_raw_pages_of_an_earlier_version_are_found() -> None:
    path = FOLDER.raw("mock").receipt("videos", "0123456789abcdef")
    Receipt(path.stem, "videos", "empty", "", 0, 0, 0, 0, format=1).write(path)
    assert found(patient()) == ["earlier formats"]


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_ends_with_status_1_if_anything_is_wrong(*, as_json: bool) -> None:
    run: Callable[[], Any] = lambda: CliRunner().invoke(main, ["doctor", *(["--json"] if as_json else [])])  # noqa: E731
    assert run().exit_code == 1  # no study
    write("config.yaml", yaml.safe_dump(small_study()))
    well = run()
    assert well.exit_code == 0, well.output
    write("tombstones.key", "ab" * 32, 0o644)
    ill = run()
    assert ill.exit_code == 1
    if as_json:
        content = json.loads(ill.output)
        assert not content["healthy"]
        assert [each["check"] for each in content["checks"]] == list(CHECKS)
    else:
        assert "Do: chmod 600 tombstones.key" in ill.output
