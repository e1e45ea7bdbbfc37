"""Claims that the tests hold already: they run again here, and are counted."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from tests.proof.result import Result
from tests.support import PROJECT

Trial = Callable[[int, int], Result]


def tests(*selection: str) -> Trial:
    """The tests of a selection, each a trial; those that are skipped are notes."""

    def run(trials: int, seed: int) -> Result:
        result = Result()
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.xml")
            command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", f"--hypothesis-seed={seed}"]
            subprocess.run([*command, *selection], cwd=PROJECT, capture_output=True, check=False)
            if not report.exists():
                result.check(False, "pytest did not run")
                return result
            for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 (our own file)
                name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
                if case.find("skipped") is not None:
                    result.notes.append(f"skipped: {name}")
                else:
                    bad = case.find("failure") is not None or case.find("error") is not None
                    result.check(not bad, name)
        return result

    return run


def script(*words: str, counts: str, wrong: str) -> Trial:
    """A script of benchmarks/. counts: what each line of a trial contains; wrong: what that of a failed one does."""

    def run(trials: int, seed: int) -> Result:
        result = Result()
        command = [sys.executable, *(word.format(trials=trials, seed=seed) for word in words)]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        for line in filter(re.compile(counts).search, done.stdout.splitlines()):
            result.check(not re.search(wrong, line), line.strip())
        result.check(done.returncode == 0, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it failed")
        return result

    return run
