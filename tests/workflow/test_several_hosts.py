"""A build whose requests are counted in a PostgreSQL database."""

from pathlib import Path

import pytest

from tests.postgres import PASSWORD, Postgres
from tests.support import journal, small_study, snakemake, ttdata

pytestmark = pytest.mark.slow


def test_a_build_with_a_shared_ledger_has_the_same_digest_and_never_shows_the_password(
    postgres: Postgres, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = postgres.new_database("build")
    monkeypatch.setenv("TTAPI_LEDGER", postgres.address(user="quota", database=database))
    passwords = tmp_path / "passwords"
    passwords.write_text(f"127.0.0.1:{postgres.port}:{database}:quota:{PASSWORD}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    folder = tmp_path / "build"
    outcome = snakemake(small_study(limits={"requests": 500}), folder)
    assert outcome.status == 0, outcome.said
    digests = {ttdata("digest", each / "datasets/small.duckdb").said for each in (built, folder)}
    assert len(digests) == 1
    sent = sum(line["charged"] for path in folder.glob("raw/**/*.zst") for line in journal(path))
    # Once for the quota, and once for the limit of the study.
    assert postgres.rows("SELECT count(*) FROM ttapi.request", database) == [(2 * sent,)] > [(0,)]
    assert postgres.rows("SELECT * FROM ttapi.lease", database) == []
    assert not (folder / ".ttdata" / "mock-quota.sqlite").exists()
    texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".duckdb"]
    assert not any(PASSWORD.encode() in text for text in [*texts, outcome.said.encode()])


def test_a_build_whose_ledger_cannot_be_used_ends_before_anything_is_sent(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTAPI_LEDGER", postgres.address(user="quota:wrong-Secret7"))
    outcome = snakemake(small_study(), tmp_path / "build")
    assert outcome.status == 1
    said = " ".join(outcome.said.split())
    assert f"The quota ledger postgresql://127.0.0.1:{postgres.port}/ledger cannot be used" in said
    assert "Secret7" not in said
    assert not list(tmp_path.glob("build/raw/**/*.zst"))
