"""What a build does with each fault of the mock server, for each kind of source.

python benchmarks/fault_matrix.py [FAULT ...]

Every fault (a quirk, a scenario or a single broken answer) is applied to a study with a source of each kind, which is
collected and built in this process, without Snakemake. If that build stops, there is one more for each kind, in which
only the endpoint of this kind shows the fault. A cell compares the records of a kind with those of a build without
faults:

  =        all records were received, perhaps with more requests
  stops    the build stops, since a slice is partial or blocked, or a check failed; nothing is written
  says     fewer or other records, and the receipts or the audit say so
  counts   as many hits as without the fault, but fewer videos, and so fewer records of the sources after them:
           the report prints both numbers. The API does not say whether a hit was removed or is withheld.
  SILENT   fewer records in a complete build whose audit finds nothing; there must be none
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mockserver import Core, Request, Response
from mockserver.behaviours.faults import Faults, scenarios
from mockserver.behaviours.quirks import QUIRKS
from mockserver.endpoints.table import BY_PATH
from tests.support import FOLDER
from tests.ttdata.test_source_kinds import full_study
from tests.ttdata.worlds import collect_study, mock_tenant
from ttapi import TikTokError
from ttdata.audit.checks import findings, prepared
from ttdata.build.dataset import build
from ttdata.errors import Fault
from ttdata.source_kinds import KINDS, kind_of
from ttdata.store.receipts import Receipt

# Each record of each list counts once, however often it was received.
_RECORDS = """
    SELECT split_part(source, '_', 1), count(DISTINCT (source, item, id)) FROM seen JOIN requests USING (raw, seq)
    GROUP BY 1
"""
SOURCE_KINDS = ("videos", *KINDS)


def faults() -> Iterator[tuple[str, str]]:
    """Each fault with the settings of the mock tenant that shows it."""
    yield from ((name, f"quirks={name}") for name in QUIRKS)
    yield from ((name, f"scenario={name}") for name in scenarios())


class Outcome:
    """What one build received, and what it says about that."""

    def __init__(self, settings: str, endpoint: str = "") -> None:
        """endpoint: the only one that shows the fault, "" for all."""
        self.records: dict[str, int] = {}
        self.hits = 0
        self.unfinished: set[str] = set()
        self.said: set[str] = set()
        self.stopped = ""
        try:
            with mock_tenant(settings, core=OneEndpoint(endpoint) if endpoint else None) as connect:
                plan = collect_study(full_study(), connect)
                build(plan, "all", FOLDER.dataset("all"))
            with prepared(FOLDER.dataset("all")) as con:
                self.said = {finding.check.name for finding in findings(con)}
                self.records = dict(con.execute(_RECORDS).fetchall())
                ((self.hits,),) = con.execute("SELECT coalesce(sum(hits), 0)::BIGINT FROM searches").fetchall()
        except (Fault, TikTokError) as error:
            self.stopped = str(error).splitlines()[0]
        for path in Path("raw").rglob("*.receipt.json"):
            receipt = Receipt.read(path)
            if receipt.state in ("refused", "capped", "partial", "blocked"):
                self.unfinished.add(kind_of(receipt.source))


class OneEndpoint(Core):
    """A mock server of which one endpoint only shows quirks and faults."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._endpoint = endpoint

    def handle(self, request: Request) -> Response:
        endpoint, tenant = BY_PATH.get(request.api_path), self._tenant_of_token(request)
        if endpoint is None or tenant is None or endpoint.name == self._endpoint:
            return super().handle(request)
        quirks, faults = tenant.quirks, tenant.faults
        tenant.quirks, tenant.faults = set(), Faults()
        try:
            return super().handle(request)
        finally:
            tenant.quirks, tenant.faults = quirks, faults


def endpoint_of(kind: str) -> str:
    return KINDS[kind].endpoint if kind in KINDS else "video.query"


def outcome_of(settings: str, endpoint: str = "") -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            return Outcome(settings, endpoint)
        finally:
            os.chdir(before)


def cell(kind: str, outcome: Outcome, whole: Outcome) -> str:
    if outcome.stopped:
        return "stops"
    if outcome.records.get(kind) == whole.records.get(kind):
        return "="
    if outcome.said or kind in outcome.unfinished:
        return "says"
    is_counted = outcome.hits == whole.hits and outcome.records["videos"] < whole.records["videos"]
    return "counts" if is_counted else "SILENT"


def main(names: list[str]) -> int:
    whole = outcome_of("")
    assert not whole.stopped, whole.stopped
    print("fault".ljust(22), *(kind[:9].ljust(9) for kind in SOURCE_KINDS), "audit or message")
    silent = 0
    for name, settings in faults():
        if names and name not in names:
            continue
        outcome = outcome_of(settings)
        outcomes = {
            kind: outcome_of(settings, endpoint_of(kind)) if outcome.stopped else outcome for kind in SOURCE_KINDS
        }
        cells = [cell(kind, each, whole) for kind, each in outcomes.items()]
        silent += cells.count("SILENT")
        said = outcome.stopped[:60] or ", ".join(sorted(outcome.said))
        print(name.ljust(22), *(each.ljust(9) for each in cells), said, flush=True)
    print(f"Cells with missing records that nothing reports: {silent}")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
