"""Secrets of a build on a cluster: in a file of its owner, not in the environment that a cluster stores."""

import json
from pathlib import Path

import pytest

from ttdata.api.job_secrets import hide, remove, restore
from ttdata.store.builds import ENVIRONMENT
from ttdata.store.paths import Folder

SECRETS = {
    "TIKTOK_CLIENT_KEY": "aw1234567890",
    "TIKTOK_CLIENT_SECRET": "s3cret",
    "TIKTOK_ACCESS_TOKEN": '{"access_token": "clt.1"}',
    "TTAPI_LEDGER": "postgresql://lab:pa55@db/quota",
    "PGPASSWORD": "pa55",
    "AWS_SECRET_ACCESS_KEY": "k",
    "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "k",
    "TTDATA_PSEUDONYM_KEY": "p",
}
HARMLESS = {"PATH": "/bin", "TTDATA_BUILD": "b1", "TTDATA_PYTHON": "/x/python", "AWS_SHARED_CREDENTIALS_FILE": "/x/aws"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setenv(ENVIRONMENT, "b1")
    return Folder(tmp_path)


def test_secrets_move_to_a_private_file_and_come_back_in_a_job(folder: Folder) -> None:
    environment = {**SECRETS, **HARMLESS}
    hide(folder, environment)
    assert environment == HARMLESS
    assert folder.secrets.stat().st_mode & 0o777 == 0o600
    restore(folder, environment)
    assert environment == {**SECRETS, **HARMLESS}
    remove(folder)
    assert not folder.secrets.exists()


def test_a_key_of_the_mock_server_stays_since_the_folder_of_its_pages_follows_from_it(folder: Folder) -> None:
    environment = {"TIKTOK_CLIENT_KEY": "mock:seed=7", "TTAPI_LEDGER": "/home/anna/quota.sqlite"}
    hide(folder, environment)
    assert environment == {"TIKTOK_CLIENT_KEY": "mock:seed=7", "TTAPI_LEDGER": "/home/anna/quota.sqlite"}


def test_a_job_of_another_build_gets_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(folder, dict(SECRETS))
    monkeypatch.setenv(ENVIRONMENT, "b2")
    environment: dict[str, str] = {}
    restore(folder, environment)
    assert environment == {}
    folder.secrets.write_text("half a fi")
    restore(folder, environment)
    assert environment == {}
    assert "half" not in json.dumps(environment)
