"""The plan after a purge: the same rounds of the same searches, without whom the study may not request any more."""

from datetime import UTC, datetime

from ttdata.comply.record import records
from ttdata.plan.plan import Plan
from ttdata.plan.reuse import with_stored_windows
from ttdata.plan.rounds import current
from ttdata.store.barred import Barred
from ttdata.store.receipts import Receipt
from ttdata.study.study import Study


def replanned(plan: Plan) -> Plan:
    """Raises StudyFault if the study names nothing else than what is kept out."""
    barred = Barred.read(plan.folder)
    declared = barred.without(plan.declared)
    if declared == plan.declared:
        return plan
    study = Study.check(declared, today=newest_answer(plan).date(), base=None)
    return current(with_stored_windows(Plan.of(study, plan.folder)), lambda: newest_answer(plan))


def newest_answer(plan: Plan) -> datetime:
    """When the last page came, or the last refresh began: a round that was not due by then is not begun by a purge."""
    paths = plan.raw.path.glob("*/*.receipt.json")
    times = [datetime.fromisoformat(at) for path in paths if (at := Receipt.read(path).finished_at)]
    times += [each.start.moment for dataset in plan.datasets for each in records(plan.folder, dataset.name)]
    return max(times, default=datetime.min.replace(tzinfo=UTC))
