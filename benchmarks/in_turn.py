"""Programs that run in turn, each in a process and an empty folder of its own, so that a machine whose speed changes is
fair to all of them. Linux only.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Run:
    """One run of a program and its children. memory: the most that one of these processes had, in MB."""

    seconds: float
    cpu: float
    memory: float
    output: str


Side = Callable[[], Run]


def run(*command: object, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> Run:
    """Run a program in a folder, or in an empty one that is deleted afterwards. Ends with its output if it fails."""
    with TemporaryDirectory() as empty:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder or empty,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | (environment or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds, process.returncode = time.perf_counter() - start, os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{output}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1_024, output)


def in_turn(sides: Mapping[str, Side], rounds: int) -> dict[str, list[Run]]:
    """The runs of each side. If there are several rounds, one more comes first and is left out: it fills caches."""
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    extra = int(rounds > 1)
    for number in range(rounds + extra):
        for name, side in sides.items():
            result = side()
            runs[name] += [result] if number >= extra else []
    return runs


def table(runs: Mapping[str, Sequence[Run]], base: str) -> str:
    """The medians of each side, and its median ratio to the base within a round."""
    lines = [f"{'':34}{'seconds':>10}{'CPU s':>10}{'MB':>8}{'ratio':>8}"]
    for name, some in runs.items():
        ratio = median(one.seconds / other.seconds for one, other in zip(some, runs[base], strict=True))
        seconds, cpu = median(each.seconds for each in some), median(each.cpu for each in some)
        memory = max(each.memory for each in some)
        lines.append(f"{name:34}{seconds:>10.2f}{cpu:>10.2f}{memory:>8.0f}{ratio:>8.2f}")
    return "\n".join(lines)
