"""A refresh: check every record of a built dataset once, report the loss, and record what is gone. It deletes nothing.

Stopped at any moment, the same command continues: what is checked was fixed at the start, and every answer is stored.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ttapi.endpoints import MAX_TASK_IDS
from ttdata.api.client import Connect
from ttdata.comply import loss, report, subjects, tombstones
from ttdata.comply.accounts import check_accounts
from ttdata.comply.due import CHECKED
from ttdata.comply.record import Record, Start, new_record, records
from ttdata.comply.subjects import CATEGORIES, IN_TASKS, Category
from ttdata.comply.tasks import Sleep, batches, check_in_tasks
from ttdata.errors import NotCollected
from ttdata.files import read_json, write_atomically, write_json
from ttdata.plan.plan import Plan
from ttdata.plan.refresh_cost import RefreshCost, refresh_cost
from ttdata.program import program
from ttdata.source_kinds import kind_of
from ttdata.store.raw_files import Line, stored_lines
from ttdata.study.packages import PackageSettings
from ttdata.study.platform_terms import PlatformTerms
from ttdata.tables.files import opened
from ttdata.text import count

Say = Callable[[str], None]
Ids = Mapping[Category, list[str]]


class _Checked(NamedTuple):
    """What the answers of a refresh show. reasons: why accounts were not disclosed."""

    gone: dict[Category, set[str]]
    reasons: list[str]
    lines: list[Line]


class Done(NamedTuple):
    """A finished refresh: its report, and what to do about what is gone, "" if nothing is."""

    report: dict[str, Any]
    next_step: str


def refresh(plan: Plan, name: str, connect: Connect, *, sleep: Sleep, say: Say, batch: int = MAX_TASK_IDS) -> Done:
    """Refresh one dataset; continue a refresh that was stopped.

    say: gets the cost before anything is sent. batch: ids per compliance task. Raises NotCollected, NotYet, Unfinished,
    OverLimit, and what ttapi raises; the same call continues.
    """
    record = unfinished(plan, name) or _begin(plan, name, connect, batch)
    start, ids = record.start, record.ids()
    cost = refresh_cost({each: len(some) for each, some in ids.items()}, start.batch)
    say(f"{name}: {_announced(ids, cost)}")
    checked = _check(plan, record, ids, connect, sleep)
    result = _report(plan, record, ids, checked)
    _write(plan, name, result)
    record.finish(result)  # from here on, it is not continued but due again
    record.before.unlink(missing_ok=True)
    return Done(result, _next_step(result, record))


def unfinished(plan: Plan, name: str) -> Record | None:
    """The refresh of a dataset that was begun and not finished."""
    return next((each for each in records(plan.folder, name) if not each.is_finished), None)


def built(plan: Plan, name: str) -> Path:
    """The file of a dataset. Raises NotCollected if it is not built."""
    path = plan.folder.dataset(name)
    if not path.exists():
        raise NotCollected(f"{path} is not built yet. Build it first: {program()} build STUDY")
    return path


def write_state(plan: Plan, name: str) -> None:
    """Write the report of the last refresh, if the workflow has deleted it; without a refresh, that there was none."""
    if plan.folder.loss(name).exists():
        return
    finished = [each for each in records(plan.folder, name) if each.is_finished]
    if finished:
        _write(plan, name, read_json(finished[-1].result))
    else:
        write_json(plan.folder.loss(name), {"format": report.FORMAT, "dataset": name, "began": None})


def _next_step(result: Mapping[str, Any], record: Record) -> str:
    if not (gone := sum(each["gone"] for each in result["found"].values())):
        return ""
    return (
        f"{count(gone, 'record')} of {result['dataset']} {'is' if gone == 1 else 'are'} no longer available, and still "
        f"in the dataset and its pages. {record.gone} lists them. To erase them: {program()} purge --gone"
    )


def _begin(plan: Plan, name: str, connect: Connect, batch: int) -> Record:
    """Fix what is checked, and the time by the API's clock. Costs no quota."""
    path = built(plan, name)
    client = connect(lambda answer: None)
    client.token()
    with opened(path) as con:
        ids = {category: subjects.ids_of(con, category) for category in CATEGORIES}
        ((digest,),) = con.execute("SELECT digest FROM study").fetchall()
        covers = [
            raw for source, raw in con.execute("SELECT source, raw FROM rounds").fetchall() if _is_checked(source)
        ]
    remembered = tombstones.read(plan.folder, _terms(plan).tombstone)
    for category, some in ids.items():
        known = set(some)
        some += [each for each in remembered.unconfirmed(category) if each not in known]
    record = new_record(plan.folder, name, client.now())
    began = client.now().astimezone(UTC).isoformat(timespec="seconds")
    record.begin(Start(name, began, batch, tuple(sorted(set(covers))), digest), ids)
    return record


def _is_checked(source: str) -> bool:
    return kind_of(source) in CHECKED


def _check(plan: Plan, record: Record, ids: Ids, connect: Connect, sleep: Sleep) -> _Checked:
    """Request everything that is not answered yet."""
    tasks = check_in_tasks(plan, record.tasks, batches(ids, record.start.batch), connect, sleep)
    accounts = check_accounts(plan, record.users, ids["user"], connect)
    gone: dict[Category, set[str]] = {category: set() for category in IN_TASKS}
    for task in tasks:
        gone[task.batch.category] |= set(task.batch.ids) - (task.available or frozenset())
    refused = {name: reason for name, reason in accounts.items() if reason}
    lines = [*stored_lines(record.tasks), *stored_lines(record.users)]
    return _Checked(gone | {"user": set(refused)}, list(refused.values()), lines)


def _report(plan: Plan, record: Record, ids: Ids, checked: _Checked) -> dict[str, Any]:
    """Record what is gone, remember it, and count it. Done again after a kill, it has the same result."""
    start, terms = record.start, _terms(plan)
    ended = max((line.sent_at for line in checked.lines), default=start.moment)
    numbers = _remember(plan, record, ids, checked, ended)
    write_json(record.gone, {category: sorted(some) for category, some in checked.gone.items()})
    k = PackageSettings.of(plan.declared).k
    path = plan.folder.dataset(start.dataset)
    with opened(path) as con:
        unchecked = subjects.unchecked(con)
    return report.content(
        start.dataset,
        terms,
        (start.began, ended.astimezone(UTC).isoformat(timespec="seconds")),
        numbers,
        loss.losses(path, ids, checked.gone, k),
        unchecked,
        Counter(line.endpoint for line in checked.lines),
        k,
    )


def _remember(plan: Plan, record: Record, ids: Ids, checked: _Checked, ended: datetime) -> dict[Category, report.Found]:
    """Update the tombstones. The numbers compare them with those before this refresh, which a file keeps."""
    numbers = {}
    with tombstones.changing(plan.folder, _terms(plan).tombstone) as known:
        before = _before(record, ids, known)
        for category, some in ids.items():
            after = {}
            for each in some:
                stone = known.of(category, each)
                is_gone = each in checked.gone[category]
                new = tombstones.miss(stone, record.start.moment, ended) if is_gone else tombstones.find(stone, ended)
                if new:
                    known.put(category, each, new)
                    after[each] = new
            reasons = checked.reasons if category == "user" else ()
            numbers[category] = report.found(some, checked.gone[category], before[category], after, reasons)
    return numbers


def _before(record: Record, ids: Ids, known: tombstones.Tombstones) -> dict[Category, dict[str, tombstones.Tombstone]]:
    """The tombstones before this refresh: stored once, since a kill may come between the update and the report."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        stored = read_json(record.before)
        return {
            category: {each: tombstones.Tombstone(**values) for each, values in stored[category].items()}
            for category in CATEGORIES
        }
    before = {
        category: {each: stone for each in some if (stone := known.of(category, each))}
        for category, some in ids.items()
    }
    plain = {category: {each: vars(stone) for each, stone in some.items()} for category, some in before.items()}
    write_json(record.before, plain)
    return before


def _write(plan: Plan, name: str, result: Mapping[str, Any]) -> None:
    """Write the report, for programs and for people."""
    write_atomically(plan.folder.loss(name), json.dumps(result, indent=1) + "\n")
    write_atomically(plan.folder.loss_page(name), report.text(result))


def _terms(plan: Plan) -> PlatformTerms:
    return PlatformTerms.of(plan.declared)


def _announced(ids: Ids, cost: RefreshCost) -> str:
    numbers = [count(len(some), subjects.NOUNS[each]) for each, some in ids.items() if some]
    return f"checking {', '.join(numbers) or 'nothing'}: {cost}."
