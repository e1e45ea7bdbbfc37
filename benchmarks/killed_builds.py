"""Builds that are killed at random moments: whether the same command always continues, and what that costs.

python benchmarks/killed_builds.py [KILLS] [SEED]

Each study is built against one mock server that keeps running, so that the requests of a build which was killed several
times can be compared with those of a build that was not. In turn, SIGKILL goes to every process of a build at once, to
Snakemake alone, to one of its jobs, and to the server, which starts again at once.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support import start_mock_server
from ttdata.build.digest import digest_of
from ttdata.store.raw_files import stored_lines

PROJECT = Path(__file__).parents[1]
KILLS_PER_BUILD = 5
# Seconds within which a build is killed. A build without kills takes about as long.
LONGEST = 9.0


@dataclass(frozen=True)
class Result:
    """One build. status: of its last run. requests: all that were sent for it."""

    kills: int
    status: int
    digest: str
    requests: int
    last_words: str


VICTIMS = ("everything", "snakemake", "job", "server")


class Server:
    """A mock server that keeps its address, and can be killed and started again."""

    def __init__(self) -> None:
        self._server = start_mock_server()
        self.url = self._server.url

    def kill(self) -> None:
        self._server.process.kill()
        self._server.process.wait()
        self._server = start_mock_server("--port", self.url.rpartition(":")[2])

    def stop(self) -> None:
        self._server.process.kill()


def main(kills: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    server = Server()
    with tempfile.TemporaryDirectory() as folder:
        clean = build(Path(folder, "clean"), study(server.url, "clean"), [], server)
        print(f"without a kill: {clean.requests} requests, digest {clean.digest[:16]}")
        print(f"{'kills':>6}{'status':>8}{'digest':>10}{'requests':>10}  victims; last words, if it did not end well")
        done = 0
        while done < kills:
            number = min(KILLS_PER_BUILD, kills - done)
            moments = [(chance.uniform(0.2, LONGEST), VICTIMS[(done + each) % len(VICTIMS)]) for each in range(number)]
            result = build(Path(folder, f"{done}"), study(server.url, f"{done}"), moments, server)
            same = "same" if result.digest == clean.digest else "OTHER"
            victims = " ".join(victim for _, victim in moments)
            words = f"{victims} {result.last_words}".strip()
            print(f"{result.kills:6}{result.status:8}{same:>10}{result.requests:10}  {words}", flush=True)
            done += number
    server.stop()


def study(url: str, tenant: str) -> dict[str, Any]:
    videos = {"where": {"all": [{"region_code": ["US", "GB", "DE"]}]}, "during": ["2025-01-01", "2025-03-15"]}
    dataset = {
        "videos": videos,
        "comments": {"of": "videos", "top": {"by": "view_count", "k": 12}},
        "users": {"of": "videos", "top": {"by": "view_count", "k": 30}},
        "followers": {"of": "users", "max": 300},
    }
    return {"study": "killed", "api": {"base_url": url}, "datasets": {"killed": dataset}}


def build(folder: Path, declared: Mapping[str, Any], moments: list[tuple[float, str]], server: Server) -> Result:
    """Build in a folder; kill a victim at each of these moments, counted from the start of its run."""
    folder.mkdir()
    (folder / "study.yaml").write_text(yaml.safe_dump(dict(declared)))
    kills = sum(killed(folder, moment, victim, server) for moment, victim in moments)
    run = start(folder)
    words = run.communicate()[0].decode()
    dataset = folder / "datasets" / "killed.duckdb"
    digest = digest_of(dataset) if dataset.exists() else "none"
    requests = sum(len(stored_lines(path)) for path in folder.rglob("*.ndjson.zst"))
    return Result(kills, run.returncode, digest, requests, " ".join(words.split())[-300:] if run.returncode else "")


def killed(folder: Path, moment: float, victim: str, server: Server) -> bool:
    """Whether something was killed before a run ended."""
    run = start(folder)
    try:
        run.wait(moment)
    except subprocess.TimeoutExpired:
        if victim == "server":
            server.kill()
        for process in victims_in(run.pid, victim):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        run.communicate()
        time.sleep(0.05)
        return True
    return False


def victims_in(session: int, victim: str) -> list[int]:
    """The processes of a run that are killed."""
    processes = sorted(processes_in(session))
    if victim == "everything":
        return processes
    if victim == "snakemake":
        return [session]
    jobs = [each for each in processes if each != session]
    return jobs[-1:] if victim == "job" else []


def start(folder: Path) -> "subprocess.Popen[bytes]":
    options = ("--snakefile", PROJECT / "Snakefile", "--configfile", "study.yaml", "--quiet")
    environment = os.environ | {
        "PYTHONPATH": str(PROJECT),
        "TIKTOK_CLIENT_KEY": f"mock:org={folder.name}",
        "TIKTOK_CLIENT_SECRET": "mock-secret",
        "TTAPI_LEDGER": str(folder / "ledger.sqlite"),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", *map(str, options)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def processes_in(session: int) -> Iterator[int]:
    """The processes of a session, by /proc."""
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getsid(int(entry.name)) == session:
                yield int(entry.name)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], "100", "1"][:2]))
