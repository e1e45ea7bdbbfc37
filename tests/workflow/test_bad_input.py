"""Mistakes and failures: each is explained in a sentence, and no answer that was paid for is lost."""

import json
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support import PROJECT, MockServer, Outcome, command, journal, small_study, snakemake, snakemake_on, ttdata


def assert_explained(outcome: Outcome, *sentences: str) -> None:
    assert outcome.status != 0
    assert "Traceback" not in outcome.said, outcome.said
    message = " ".join(outcome.said.split())
    for sentence in sentences:
        assert re.search(sentence, message), outcome.said


@pytest.mark.slow
def test_a_study_that_cannot_be_built_is_refused_before_anything_starts(tmp_path: Path) -> None:
    study = small_study(qouta={"daily": 5})
    study["datasets"]["small"]["videos"]["during"] = ["2025-02-01", "2025-01-01"]
    assert_explained(snakemake(study, tmp_path), "Unknown key 'qouta'. Did you mean 'quota'")
    del study["qouta"]
    assert_explained(
        snakemake(study, tmp_path), "during: The last day, 2025-01-01, is before the first, 2025-02-01. Swap them."
    )
    assert not (tmp_path / "raw").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("-m", "ttdata", "build"),
        ("-m", "ttdata", "run", "config.yaml"),
        ("-m", "ttdata", "plan", "config.yaml"),
        ("-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile")),
    ],
)
def test_python_code_in_a_study_is_not_run(tmp_path: Path, words: tuple[str, ...]) -> None:
    code = f"open({str(tmp_path / 'code-was-run')!r}, 'w')"
    study = {"__use_yte__": True, "__definitions__": [code]} | small_study()
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    assert_explained(command(sys.executable, *words, directory=tmp_path), "Python code in the file would be run")
    assert not (tmp_path / "code-was-run").exists()


def test_nothing_is_sent_to_the_real_api_without_credentials(tmp_path: Path) -> None:
    study = small_study(api={"base_url": "https://open.tiktokapis.com"})
    assert_explained(
        snakemake(study, tmp_path), "TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET are not set in the environment"
    )


@pytest.mark.slow
def test_a_limit_that_turns_out_too_small_stops_the_build_as_soon_as_that_is_certain(tmp_path: Path) -> None:
    # The searches fit; that there are more accounts than requests left shows when they are found.
    study = small_study(limits={"requests": 8})
    study["datasets"]["small"]["videos"]["about"] = 4
    study["datasets"]["small"]["users"] = {"of": "videos"}
    del study["datasets"]["small"]["comments"]
    assert_explained(snakemake(study, tmp_path), "so nothing more was requested:", "limits.requests allows 8")
    sent = json.loads(ttdata("status", "--json", directory=tmp_path).said)["requests_sent"]
    assert 0 < sent <= 8


@pytest.mark.slow
def test_refused_credentials_are_reported_without_printing_them(mock_server: MockServer, tmp_path: Path) -> None:
    study = small_study(api={"base_url": mock_server.url})
    outcome = snakemake(study, tmp_path, key="mock", secret="s3cr3t-of-a-lab")
    assert_explained(outcome, "Check TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET")
    assert "s3cr3t-of-a-lab" not in outcome.said


@pytest.mark.slow
def test_an_application_that_is_not_approved_gets_an_explanation(mock_server: MockServer, tmp_path: Path) -> None:
    study = small_study(api={"base_url": mock_server.url})
    assert_explained(
        snakemake(study, tmp_path, key="mock:unapproved"), "scope_not_authorized|Apply for the Research API"
    )


def test_a_busy_port_is_reported_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert_explained(command(sys.executable, "-m", "mockserver", "--port", str(port)), f"{port}")


@pytest.mark.slow
def test_a_period_that_has_not_begun_by_the_api_s_date_is_refused_before_it_costs_a_request(tmp_path: Path) -> None:
    study = small_study()
    study["datasets"]["small"]["videos"]["during"] = ["2026-06-10", "2026-06-20"]
    assert_explained(snakemake(study, tmp_path), "not over yet: the API's date is 2026-06-01")
    assert not (tmp_path / "raw").exists()


@pytest.mark.slow
def test_a_raw_file_that_was_cut_off_stops_the_build_and_the_next_one_requests_only_the_missing_page(
    mock_server: MockServer, tmp_path: Path
) -> None:
    study = small_study(api={"base_url": mock_server.url})
    del study["datasets"]["small"]["comments"], study["datasets"]["small"]["users"]
    assert snakemake(study, tmp_path, key="mock").status == 0
    raw = max(tmp_path.glob("raw/*/videos/*.zst"), key=lambda file: file.stat().st_size)
    whole = journal(raw)
    raw.write_bytes(raw.read_bytes()[:-5])
    (tmp_path / "datasets/small.duckdb").unlink()

    torn = snakemake(study, tmp_path, key="mock")
    assert_explained(
        torn, f"has only {len(whole) - 1} of {len(whole)} answers", r"Delete raw/.*receipt\.json and build again"
    )
    raw.with_name(raw.name.replace(".ndjson.zst", ".receipt.json")).unlink()
    assert snakemake(study, tmp_path, key="mock").status == 0

    assert [line["body"]["data"] for line in journal(raw)] == [line["body"]["data"] for line in whole]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with less space than is reserved for a page."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if command("mount", "-t", "tmpfs", "-o", "size=1900k", "tmpfs", str(disk)).status:
        pytest.skip("this user may not mount a small disk")
    yield disk
    command("umount", "--lazy", str(disk))


@pytest.mark.slow
def test_a_full_disk_stops_the_build_and_the_same_command_continues_when_there_is_space(small_disk: Path) -> None:
    study = small_study()
    del study["datasets"]["small"]["comments"]
    assert_explained(snakemake(study, small_disk), r"is full\. All stored pages are kept\. Free some space")
    assert command("mount", "-o", "remount,size=60m", str(small_disk)).status == 0
    assert snakemake(study, small_disk).status == 0
    lines = [line for file in small_disk.glob("raw/*/*/*.zst") for line in journal(file) if line["code"] == "ok"]
    assert len({str(line["request"]) for line in lines}) == len(lines), "a page was paid for twice"


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named(small_disk: Path, tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(small_study()))
    assert command("mount", "-o", "remount,ro", str(small_disk)).status == 0
    assert_explained(snakemake_on(file, small_disk), r"disk cannot be written\. Build in another folder")
    assert_explained(
        ttdata("plan", file, "--out", small_disk / "plan.json"), r"plan\.json cannot be used: Read-only file system\."
    )


@pytest.mark.slow
def test_a_study_cannot_send_credentials_to_another_host(tmp_path: Path) -> None:
    study = small_study(api={"base_url": "https://tiktok.example.org"})
    outcome = snakemake(study, tmp_path, key="awx1234567890", secret="s3cr3t-of-a-lab")
    assert_explained(outcome, r"were not sent to tiktok\.example\.org", r"set TIKTOK_TRUSTED_HOST=tiktok\.example\.org")
    assert "awx1234567890" not in outcome.said
