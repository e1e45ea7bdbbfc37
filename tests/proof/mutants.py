"""Mutants: small changes of the code, such as `<` to `<=`, that the tests or the type checker must notice.

mutmut makes them, and runs for each the tests that reach its function. It changes what is inside of functions, so the
tables between them have no mutants.
"""

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.proof.result import Result
from tests.proof.server import new_folder
from tests.support import PROJECT

LOWEST_SCORE = 0.85
_UNNOTICED = ("survived", "no tests", "suspicious", "not checked", "skipped")
_RESULT = re.compile(r"^ {4}(?P<name>\S+): (?P<status>.+)$", re.MULTILINE)
_CHANGE = re.compile(r"^[-+](?![-+]).*$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A part of the code: the package that it is in, its files, and the tests that run for it.

    without: files that are not changed. left_out: parts of the names of tests that do not run for it, since they start
    processes or wait, and others notice the same, or since they look at the code itself.
    """

    package: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


PARTS = {
    "ttapi": Part(
        "ttapi",
        ("ttapi/*.py",),
        ("tests/ttapi",),
        without=("ttapi/ledgers/*",),
        left_out=(
            "against_the_mock",
            "test_docs",
            "test_imports",
            "test_leases",
            "test_ledger",
            "test_mounts",
            "works_without_the_other",
        ),
    ),
    "ledger": Part(
        "ttapi",
        ("ttapi/ledgers/*.py",),
        tuple(f"tests/ttapi/test_{name}.py" for name in ("ledger", "ledger_postgres", "ledgers", "leases", "mounts")),
        left_out=(
            "a_process_has_a_lease",
            "killed",
            "suspended",
            "took_over",
            "processes_that_claim",
            "six_processes",
            "crashes",
            "restart",
            "command_line",
            "before_the_answer_to_a_commit",
            "lost_before_the_commit",
            "does_not_answer",
            "quota_error",
        ),
    ),
    "raw-files": Part(
        "ttdata",
        ("ttdata/store/raw_files.py", "ttdata/store/receipts.py"),
        tuple(f"tests/ttdata/store/test_{name}.py" for name in ("raw_files", "lines", "receipts")),
    ),
    "digest": Part("ttdata", ("ttdata/build/digest.py",), ("tests/ttdata/build/test_digest.py",)),
    "plan": Part("ttdata", ("ttdata/plan/*.py",), ("tests/ttdata/plan",)),
}


def mutants(name: str) -> Callable[[int, int], Result]:
    """trials: mutants at most, drawn from all with the seed."""

    def run(trials: int, seed: int) -> Result:
        with new_folder() as folder:
            _copy(PARTS[name], folder)
            said = _mutmut(folder, "run", "none")  # makes all of them, and finds out which tests reach what
            names = sorted(_statuses(folder))
            if not names:
                raise RuntimeError(said[-2000:])
            drawn = random.Random(seed).sample(names, min(trials or len(names), len(names)))
            said = _mutmut(folder, "run", *drawn)
            statuses = _statuses(folder)
            if all(statuses[name] == "not checked" for name in drawn):  # a test fails without any change
                raise RuntimeError(said[-2000:])
            return _result({name: statuses[name] for name in drawn}, folder)

    return run


def _copy(part: Part, folder: Path) -> None:
    """What git has of this project, with the settings of mutmut."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    others = sorted(path.name for path in folder.iterdir() if path.name != part.package)
    settings = {
        "source_paths": [part.package],
        "only_mutate": list(part.files),
        "do_not_mutate": list(part.without),
        "also_copy": others,
        "pytest_add_cli_args": ["-n", "0", "-p", "no:cacheprovider", *_unless(part.left_out)],
        "pytest_add_cli_args_test_selection": list(part.tests),
        "process_isolation": "forkserver",  # the tests have threads
        "timeout_multiplier": 5.0,
        "timeout_constant": 5.0,
    }
    lines = "".join(f"{key} = {value!r}\n" for key, value in settings.items())
    with (folder / "pyproject.toml").open("a") as file:
        file.write(f"\n[tool.mutmut]\n{lines}")


def _unless(names: tuple[str, ...]) -> list[str]:
    """The options of pytest that leave tests out."""
    return ["-k", f"not ({' or '.join(names)})"] if names else []


def _mutmut(folder: Path, *words: str) -> str:
    command = [Path(sys.executable).with_name("mutmut"), *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _statuses(folder: Path) -> Mapping[str, str]:
    """What became of each mutant, by its name."""
    said = _mutmut(folder, "results", "--all", "true")
    return {match["name"]: match["status"] for match in _RESULT.finditer(said)}


def _result(statuses: Mapping[str, str], folder: Path) -> Result:
    result = Result(trials=len(statuses))
    unnoticed = sorted(name for name, status in statuses.items() if status in _UNNOTICED)
    score = 1 - len(unnoticed) / len(statuses)
    if score < LOWEST_SCORE:
        result.failures.append(f"fewer than {LOWEST_SCORE:.0%} are noticed")
    timeouts = sum(status == "timeout" for status in statuses.values())
    result.notes.append(
        f"{len(statuses) - len(unnoticed)} noticed ({score:.1%}), {timeouts} of them since the tests did not end"
    )
    result.details.extend(line for name in unnoticed for line in _described(name, statuses[name], folder))
    return result


def _described(name: str, status: str, folder: Path) -> Iterator[str]:
    module, _, function = name.rpartition(".")
    plain = function.removeprefix("x").replace("ǁ", ".").strip("._")
    yield f"{module}.{plain} ({status})"
    yield from _CHANGE.findall(_mutmut(folder, "show", name))
