"""What a build does with each fault of the mock server, for each kind of source.

python benchmarks/fault_matrix.py [FAULT ...]

Every fault (a quirk, a scenario or a single broken answer) is applied to a study with a source of each kind, which is
collected and built in this process, without Snakemake. A cell compares the records of a kind with those of a build
without faults:

  =        all records were received, perhaps with more requests
  stops    the build stops, since a slice is partial or blocked, or a check failed; nothing is written
  says     fewer or other records, and the receipts or the audit say so
  SILENT   fewer records in a complete build whose audit finds nothing; there must be none
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from mockserver.behaviours.faults import scenarios
from mockserver.behaviours.quirks import QUIRKS
from tests.support import FOLDER
from tests.ttdata.test_source_kinds import full_study
from tests.ttdata.worlds import collect_study, mock_tenant
from ttapi import TikTokError
from ttdata.audit.checks import findings, prepared
from ttdata.build.dataset import build
from ttdata.errors import Fault
from ttdata.source_kinds import KINDS, kind_of
from ttdata.store.receipts import Receipt

SOURCE_KINDS = ("videos", *KINDS)


def faults() -> Iterator[tuple[str, str]]:
    """Each fault with the settings of the mock tenant that shows it."""
    yield from ((name, f"quirks={name}") for name in QUIRKS)
    yield from ((name, f"scenario={name}") for name in scenarios())


class Outcome:
    """What one build received, and what it says about that."""

    def __init__(self, settings: str) -> None:
        self.records: Counter[str] = Counter()
        self.unfinished: set[str] = set()
        self.said: set[str] = set()
        self.stopped = ""
        try:
            with mock_tenant(settings) as connect:
                plan = collect_study(full_study(), connect)
                build(plan, "all", FOLDER.dataset("all"))
            with prepared(FOLDER.dataset("all")) as con:
                self.said = {finding.check.name for finding in findings(con)}
        except (Fault, TikTokError) as error:
            self.stopped = str(error).splitlines()[0]
        for path in Path("raw").rglob("*.receipt.json"):
            receipt = Receipt.read(path)
            kind = kind_of(receipt.source)
            self.records[kind] += receipt.records
            if receipt.state in ("refused", "capped", "partial", "blocked"):
                self.unfinished.add(kind)


def outcome_of(settings: str) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            return Outcome(settings)
        finally:
            os.chdir(before)


def cell(kind: str, outcome: Outcome, whole: Mapping[str, int]) -> str:
    if outcome.stopped:
        return "stops"
    if outcome.records[kind] == whole[kind]:
        return "="
    return "says" if outcome.said or kind in outcome.unfinished else "SILENT"


def main(names: list[str]) -> int:
    whole = outcome_of("")
    assert not whole.stopped, whole.stopped
    print("fault".ljust(22), *(kind[:9].ljust(9) for kind in SOURCE_KINDS), "audit or message")
    silent = 0
    for name, settings in faults():
        if names and name not in names:
            continue
        outcome = outcome_of(settings)
        cells = [cell(kind, outcome, whole.records) for kind in SOURCE_KINDS]
        silent += cells.count("SILENT")
        said = outcome.stopped[:60] or ", ".join(sorted(outcome.said))
        print(name.ljust(22), *(each.ljust(9) for each in cells), said, flush=True)
    print(f"Cells with missing records that nothing reports: {silent}")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
