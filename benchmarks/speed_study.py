"""The study of the speed benchmarks in several sizes: one search, four countries, all fields."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from in_turn import ROOT, Run, run

SECRET = "mock-secret"  # noqa: S105
WHERE = {"region_code": ["US", "DE", "GB", "FR"]}


@dataclass(frozen=True)
class Size:
    """A number of videos that the study finds, about: in a world of a size, in a number of days."""

    name: str
    world: str
    days: int

    @property
    def key(self) -> str:
        return f"mock:videos={self.world},quota=1000000"

    @property
    def period(self) -> tuple[date, date]:
        return date(2025, 5, 1), date(2025, 4, 30) + timedelta(days=self.days)

    def study(self, base_url: str, *, streams: int = 4) -> dict[str, Any]:
        videos = {"where": {"all": [WHERE]}, "during": [str(day) for day in self.period]}
        return {
            "study": "speed",
            "api": {"base_url": base_url},
            "quota": {"daily": 1_000_000},
            "streams": streams,
            "datasets": {"speed": {"videos": videos}},
        }

    @property
    def environment(self) -> Mapping[str, str]:
        return {"TIKTOK_CLIENT_KEY": self.key, "TIKTOK_CLIENT_SECRET": SECRET, "TTAPI_LEDGER": "ledger.sqlite"}


SIZES = {
    size.name: size for size in (Size("10,000", "1e6", 30), Size("122,000", "4e6", 90), Size("1,000,000", "1e7", 300))
}


def snakemake(size: Size, url: str, folder: Path, *options: str, streams: int = 4) -> Run:
    """Build the study of a size in a folder."""
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(size.study(url, streams=streams)))
    profile = ("--workflow-profile", ROOT / "profiles" / "default")
    command = (sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", *profile, "--configfile", file)
    return run(*command, *options, folder=folder, environment=size.environment)


def windows(size: Size) -> Iterator[tuple[str, str]]:
    """The first and last days of the requests that the period takes, as the API has them."""
    start, end = size.period
    while start <= end:
        last = min(start + timedelta(days=29), end)
        yield f"{start:%Y%m%d}", f"{last:%Y%m%d}"
        start = last + timedelta(days=1)


def machine() -> str:
    """Processor, cores, memory, Python and commit, in one line."""
    cpu = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    parts = cpu.partition(": ")[2], f"{len(os.sched_getaffinity(0))} cores", f"{memory:.0f} GB"
    return ", ".join([*parts, f"Python {sys.version.split()[0]}", f"commit {commit}"])
