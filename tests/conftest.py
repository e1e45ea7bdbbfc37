"""Fixtures of all tests: a mock server on a socket, and Snakemake in its own folder. Markers by what a test needs."""

import fcntl
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from tests.installed import build_wheel, install
from tests.postgres import Postgres, programs
from tests.site import build_site
from tests.support import PROJECT, MockServer, Once, s3_environment, small_study, snakemake, start_mock_server

# Hypothesis keeps what it learns, constants of the tests among it, with the environment and not in the work tree.
set_hypothesis_home_dir(Path(sys.prefix) / "hypothesis")
# How long an example takes says something about the machine only.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
# The tests start about a thousand Python processes: each module is compiled once, whatever the environment says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(Path(sys.prefix) / "pycache")
sys.dont_write_bytecode = False


@pytest.fixture(scope="session")
def mock_server() -> Iterator[MockServer]:
    """One server for a whole run; tests keep apart by client keys."""
    server = start_mock_server("--exit-with", str(os.getpid()))
    yield server
    server.process.terminate()
    server.process.communicate(timeout=10)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One database server for a whole run; tests keep apart by scopes, or by databases of their own."""
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("PostgreSQL is not installed (on Debian: apt install postgresql)")
    server = Postgres(bin_folder)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of moto's server, which imitates S3 on a socket of this machine. No test knows a real bucket."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(s3: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The same, with the environment by which a client finds it. It has the bucket `mirror`."""
    import boto3

    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in s3_environment(s3, tmp_path).items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="mirror")
    return s3


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the credentials, the token or the ledger of whoever runs it."""
    for name in [name for name in os.environ if name.startswith(("TIKTOK_", "TTDATA_", "TTAPI_", "PG"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TTAPI_LEDGER", str(tmp_path / "quota.sqlite"))


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """Make a folder for all workers of a run: the first that needs it calls `make`, the others wait and use it."""
    base = tmp_path_factory.getbasetemp()

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        directory = (base if worker_id == "master" else base.parent) / name
        with directory.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not directory.with_suffix(".done").exists():
                make(directory)
                directory.with_suffix(".done").touch()
        return directory

    return folder


@pytest.fixture(scope="session")
def built(once: Once) -> Path:
    """A folder in which the small study was built. Tests leave it as it is, or copy it."""

    def build(directory: Path) -> None:
        outcome = snakemake(small_study(), directory)
        assert outcome.status == 0, outcome.said

    return once("built", build)


@pytest.fixture(scope="session")
def wheel(once: Once) -> Path:
    """The wheel of this checkout."""
    (path,) = once("wheel", build_wheel).glob("*.whl")
    return path


@pytest.fixture(scope="session")
def installed(once: Once, wheel: Path) -> Path:
    """The folder of the programs of an environment in which ttdata was installed by name. Tests leave it as it is."""
    return once("installed", lambda environment: install(environment, wheel)) / "bin"


@pytest.fixture(scope="session")
def site(once: Once) -> Path:
    """The folder of the documentation site, built strictly. Tests leave it as it is."""
    return once("site", build_site) / "site"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the most expensive thing that it starts."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "workflow" in item.path.relative_to(PROJECT / "tests").parts[:1] or "built" in fixtures:
            item.add_marker("snakemake")
        if "driver" in fixtures:
            item.add_marker("browser")
