"""A folder that was restored from a bucket: a build of it sends nothing, and gives the same digest.

The bucket is on moto's server, which imitates S3.
"""

import json
import os
from pathlib import Path

import pytest
import yaml

from tests.support import MOCK_SECRET, PROJECT, Outcome, small_study, start_mock_server, ttdata

CANARY = {"where": {"any": [{"hashtag_name": ["fyp"]}]}, "during": ["2025-01-01", "2025-01-05"], "at_least": 1}
LABELS = {"coded": {"file": "lists/codes.csv", "of": "users", "key": "username"}}


def run(*arguments: object, directory: Path, **environment: str) -> Outcome:
    return ttdata(*arguments, directory=directory, PYTHONPATH=str(PROJECT), **environment)


def write_study(folder: Path, base_url: str) -> None:
    study = small_study(api={"base_url": base_url}, canary=CANARY)
    dataset = study["datasets"]["small"]
    dataset["accounts"] = {"file": "lists/accounts.csv"}
    dataset["labels"] = LABELS
    (folder / "lists").mkdir(parents=True)
    (folder / "lists" / "accounts.csv").write_text("username,party\nanna.example,none\n")
    (folder / "lists" / "codes.csv").write_text("username,tone\nanna.example,kind\n")
    (folder / "config.yaml").write_text(yaml.safe_dump(study, sort_keys=False))


@pytest.mark.slow
def test_a_restored_folder_is_built_without_the_api_and_with_the_same_digest(tmp_path: Path, aws: str) -> None:
    here, there = tmp_path / "here", tmp_path / "far" / "away" / "there"
    server = start_mock_server("--exit-with", str(os.getpid()))
    write_study(here, server.url)
    there.mkdir(parents=True)
    built = run("build", directory=here, TIKTOK_CLIENT_KEY="mock", TIKTOK_CLIENT_SECRET=MOCK_SECRET)
    assert built.status == 0, built.said
    assert run("sync", "push", "s3://mirror/study", directory=here).status == 0
    server.process.terminate()
    server.process.communicate(timeout=10)
    assert run("sync", "pull", "s3://mirror/study", directory=there).status == 0
    pages = {path: path.read_bytes() for path in there.rglob("*.zst")}
    # No server listens, and there are no credentials: a request of any kind would fail.
    restored = run("build", directory=there, TTAPI_LEDGER=str(tmp_path / "another-ledger"))
    assert restored.status == 0, restored.said
    assert {path: path.read_bytes() for path in there.rglob("*.zst")} == pages
    first, second = (
        json.loads(run("digest", "datasets/small.duckdb", "--json", directory=each).said) for each in (here, there)
    )
    assert first == second
    assert "coded" in run("show", directory=there).said
