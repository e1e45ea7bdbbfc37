"""Fixtures of all rooms: a mock server on a socket, and Snakemake in a folder of its own."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import PROJECT, MockServer, Outcome, Run, command, start_mock_server


@pytest.fixture(scope="session")
def mock_server() -> Iterator[MockServer]:
    """One server for a whole run; tests keep apart by client keys."""
    server = start_mock_server("--exit-with", str(os.getpid()))
    yield server
    server.process.terminate()
    server.process.communicate(timeout=10)


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the credentials, the token or the ledger of whoever runs it."""
    for name in [name for name in os.environ if name.startswith(("TIKTOK_", "TTDATA_", "TTAPI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TTAPI_LEDGER", str(tmp_path / "quota.sqlite"))


@pytest.fixture
def snakemake(tmp_path: Path) -> Run:
    """Run Snakemake on a study in a folder of its own, as a user would."""

    def run(
        study: Mapping[str, Any], *options: str, key: str = "", directory: Path = tmp_path / "build", **environment: str
    ) -> Outcome:
        directory.mkdir(exist_ok=True)
        file = directory / "study.yaml"
        file.write_text(yaml.safe_dump(dict(study), sort_keys=False))
        credentials = {"TIKTOK_CLIENT_KEY": key, "TIKTOK_CLIENT_SECRET": "mock-secret"} if key else {}
        return command(
            str(Path(sys.executable).parent / "snakemake"),
            "--snakefile",
            str(PROJECT / "Snakefile"),
            *("--configfile", str(file), "--directory", str(directory), *options),
            **credentials,
            **environment,
        )

    return run
