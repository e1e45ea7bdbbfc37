"""Builds the default study on a throw-away Slurm cluster, and checks what a user relies on. Run by `make test-slurm`.

The last line is `slurm: N jobs, digest …, ok`, or `skipped: REASON` if there can be no cluster here.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from tests.cluster.slurm import CONF, CannotRun, Cluster, cluster
from tests.support import PROJECT

# This cluster has neither accounts nor accounting, and its jobs are short.
OPTIONS = (
    *("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"),
    *("--seconds-between-status-checks", "1", "--latency-wait", "10"),
)
PLANTED = {
    "TIKTOK_CLIENT_SECRET": "planted-client-secret-1",
    "TTDATA_PSEUDONYM_KEY": "planted-pseudonym-key-22",
    "PGPASSWORD": "planted-database-password",
    "AWS_SECRET_ACCESS_KEY": "planted-storage-key-4444",
}
QUOTA = 60
note = partial(print, flush=True)
_PATIENCE = 900


def ttdata(*words: str, **variables: str) -> "subprocess.Popen[str]":
    """Start a command of ttdata."""
    environment = {**os.environ, **PLANTED, **variables}
    command = [sys.executable, "-m", "ttdata", *words]
    return subprocess.Popen(
        command, env=environment, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finished(*words: str, status: int = 0, **variables: str) -> str:
    """Run a command, which must end with this status. Returns what it printed."""
    process = ttdata(*words, **variables)
    said, _ = process.communicate(timeout=_PATIENCE)
    if process.returncode != status:
        raise AssertionError(f"ttdata {' '.join(words)} ended with {process.returncode}, not {status}:\n{said}")
    return said


def build(folder: Path) -> tuple[str, ...]:
    """The words of a build on the cluster."""
    study = str(PROJECT / "config.yaml")
    return ("build", study, "--directory", str(folder), "--profile", "slurm", "--", *OPTIONS)


def digest(folder: Path) -> str:
    return finished("digest", str(folder / "datasets/climate.duckdb")).split()[0]


def check_digest(here: Cluster, folder: Path) -> str:
    """A build through sbatch has the digest of a local one, uses both nodes, and shows no secret to the cluster."""
    local = folder / "local"
    finished("build", str(PROJECT / "config.yaml"), "--directory", str(local))
    finished(*build(folder / "slurm"))
    assert digest(folder / "slurm") == digest(local), "another digest than the local build"
    note(f"  {len(here.jobs)} jobs on {', '.join(sorted(set(here.jobs.values())))}: the digest of the local build")
    return digest(local)


def check_secrets(here: Cluster, folder: Path) -> None:
    """Nothing that the cluster stores, while jobs run and afterwards, contains a secret of the environment."""
    process, stored = ttdata(*build(folder / "secrets")), b""
    token = ""
    while process.poll() is None:
        stored += here.stored()
        token = token or _token(folder / "secrets")
        time.sleep(0.5)
    assert process.returncode == 0, process.communicate()[0]
    assert token, "the build had no file for its jobs' secrets"
    found = [name for name, value in {**PLANTED, "the token": token}.items() if value.encode() in stored]
    assert not found, f"the cluster has stored {', '.join(found)}"
    assert b"TTDATA_BUILD" in stored, "the search would find no environment at all"
    assert not (folder / "secrets/.ttdata/secrets.json").exists(), "the file of secrets remains"
    note(f"  {len(PLANTED)} secrets and the token: not in {len(stored):,} bytes that the cluster stored")


def _token(folder: Path) -> str:
    """The token in a build's file of secrets, which only its owner can read."""
    path = folder / ".ttdata/secrets.json"
    try:
        assert path.stat().st_mode & 0o777 == 0o600, "others can read the file of secrets"
        values: Mapping[str, str] = json.loads(path.read_text())["environment"]
        return str(json.loads(values["TIKTOK_ACCESS_TOKEN"])["access_token"])
    except FileNotFoundError:
        return ""


def check_quota(here: Cluster, folder: Path, expected: str) -> None:
    """A build that a quota stops ends with status 75, and the same command completes it."""
    place = folder / "quota"
    said = finished(*build(place), status=75, TIKTOK_CLIENT_KEY=f"mock:quota={QUOTA}")
    assert "quota" in said, said
    assert not here.queued, "jobs remain after the stop"
    finished(*build(place))
    assert digest(place) == expected, "another digest after a quota stop"
    note(f"  a quota of {QUOTA} requests: status 75, then the same digest")


def check_interrupt(here: Cluster, folder: Path) -> None:
    """Ctrl-C cancels all jobs, and the same command continues."""
    process = ttdata(*build(folder / "interrupted"))
    while not here.queued and process.poll() is None:
        time.sleep(0.2)
    assert process.poll() is None, process.communicate()[0]
    for child in (*_children(process.pid), process.pid):  # as a terminal does
        os.kill(child, signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode not in (0, 1), f"status {process.returncode}:\n{said}"
    for _ in range(60):
        if not here.queued:
            break
        time.sleep(0.5)
    assert not here.queued, f"jobs remain after Ctrl-C: {here.queued}"
    note(f"  Ctrl-C: status {process.returncode}, no job remains")


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def check_nothing_remains(folder: Path) -> None:
    """No process, no configuration and no folder is left."""
    left = [command for command, environment in _processes() if _is_ours(command, environment, str(folder).encode())]
    assert not left, f"processes remain: {left}"
    assert not CONF.exists()
    assert not folder.exists()


def _processes() -> Iterator[tuple[bytes, bytes]]:
    """The command line and the environment of each process but this one."""
    for process in Path("/proc").glob("[0-9]*"):
        if process.name != str(os.getpid()):
            with suppress(OSError):  # it has ended
                yield (process / "cmdline").read_bytes(), (process / "environ").read_bytes()


def _is_ours(command: bytes, environment: bytes, folder: bytes) -> bool:
    daemons = (b"slurmctld", b"slurmd", b"slurmstepd", b"munged")
    return folder in command or folder in environment or any(name in command for name in daemons)


def main() -> None:
    folder = Path(mkdtemp(prefix="ttdata-slurm-"))
    folder.chmod(0o755)
    os.environ["TTAPI_LEDGER"] = str(folder / "quota.sqlite")
    try:
        with cluster(folder / "cluster") as here:
            expected = check_digest(here, folder)
            check_secrets(here, folder)
            check_quota(here, folder, expected)
            check_interrupt(here, folder)
            jobs = len(here.jobs)
    except CannotRun as reason:
        shutil.rmtree(folder)
        print(f"skipped: {reason}")
        return
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    check_nothing_remains(folder)
    print(f"slurm: {jobs} jobs, digest {expected[:16]}…, ok")


if __name__ == "__main__":
    main()
