"""The order of a purge. What it will do is decided first and stored; every later step can be done twice."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from ttdata.api.clock import declared_clock
from ttdata.build.dataset import build
from ttdata.comply import tombstones
from ttdata.comply.purge import certificate, label_rows, lists, pages, places
from ttdata.comply.purge.journal import Journal, next_certificate
from ttdata.comply.purge.replan import newest_answer, replanned
from ttdata.comply.purge.request import Request, targets_of
from ttdata.comply.purge.study_files import own_files
from ttdata.comply.purge.survey import survey
from ttdata.comply.purge.verify import Scan, Search, scan
from ttdata.errors import NotCollected, StorageFault
from ttdata.matching.matcher import Matcher
from ttdata.matching.plain_text import plain
from ttdata.plan.plan import Plan
from ttdata.store.mirrors import mark_stale
from ttdata.study.platform_terms import PlatformTerms
from ttdata.tables.files import opened
from ttdata.text import count

Say = Callable[[str], None]


class Done(NamedTuple):
    """A purge that is carried out: its certificate, the page with it, and whether nothing was left."""

    certificate: Mapping[str, Any]
    page: Path
    is_verified: bool


def purge(plan: Plan, request: Request | None, say: Say) -> list[Done]:
    """Finish the purge that was begun, if any; then do the one that is requested, unless that was it.

    say: gets a sentence before each long step. The caller holds the folder. Raises Fault, and then has changed nothing,
    or can be finished later.
    """
    done: list[Done] = []
    journal = Journal.read_if_any(plan.folder)
    if journal is not None:
        say("Finishing the purge that was begun.")
        done.append(_carry_out(plan, journal, say))
    is_new = request is not None and (journal is None or journal.request != request)
    if request is not None and is_new and all(each.is_verified for each in done):
        say("Looking for what is to be erased.")
        journal = _decide(plan, request)
        if journal.names_anything:
            journal.write(plan.folder)
            done.append(_carry_out(plan, journal, say))
    return done


def expected(plan: Plan, request: Request) -> str:
    """What a purge would erase, in sentences. Changes nothing."""
    journal = _decide(plan, request)
    records = ", ".join(f"{table} {number:,}" for table, number in journal.counts.items()) or "nothing"
    rows = f" {count(sum(journal.label_rows.values()), 'row')} of labels." if journal.label_rows else ""
    return (
        f"This purge would erase from the raw pages: {records}. It would rewrite or delete up to "
        f"{count(len(journal.files), 'file')}.{rows} Nothing was changed."
    )


def _decide(plan: Plan, request: Request) -> Journal:
    """Everything that the purge will do. Changes nothing."""
    folder, everything = plan.folder, request.kind == "all"
    targets = targets_of(request, plan)
    found = survey(pages.raw_files(folder), targets, everything=everything)
    people = frozenset({request.of}) if request.kind == "user" else frozenset[str]()
    ids = found.ids | (frozenset({request.of}) if request.kind == "video" else frozenset())
    targets = found.targets
    if not everything:
        lists.refuse_unfinished_refresh(plan, targets)
    began = max(declared_clock(plan.declared, folder.clock)(), newest_answer(plan)).astimezone(UTC)
    journal = Journal(
        request=request,
        certificate=next_certificate(folder, f"{began:%Y-%m-%d}"),
        began=began.isoformat(timespec="seconds"),
        videos=_plain(targets.videos),
        comments=_plain(targets.comments),
        accounts=_plain(targets.accounts),
        people=people,
        ids=ids,
        texts=_not_declared(found.texts, plan),
        counts=found.counts,
        masked=found.masked,
        datasets={
            dataset.name: _facts(plan, dataset.name) for dataset in plan.datasets if _is_built(plan, dataset.name)
        },
        files={},
        alone=found.alone,
        barred=request.kind in ("user", "video") and PlatformTerms.of(plan.declared).tombstone != "none",
    )
    is_erased = _is_erased(journal, plan)
    rows = {_name(plan, path): label_rows.rows_to_remove(path, is_erased) for path in label_rows.label_files(plan)}
    return _with_files(plan, journal, {name: number for name, number in rows.items() if number})


def _plain(some: Any) -> frozenset[str]:
    return some if isinstance(some, frozenset) else frozenset()


def _with_files(plan: Plan, journal: Journal, rows: Mapping[str, int]) -> Journal:
    """The journal with the hash of every file that is rewritten or deleted."""
    everything = journal.request.kind == "all"
    paths = places.doomed(plan, everything=everything)
    if not everything:
        paths += [*pages.raw_files(plan.folder), *pages.receipt_files(plan.folder), *lists.refresh_files(plan)]
        paths += [path for dataset in plan.datasets if (path := plan.folder.dataset(dataset.name)).exists()]
    paths += [plan.folder.root / name for name in rows]
    hashes = {_name(plan, path): certificate.sha256(path) for path in dict.fromkeys(paths)}
    return replace(journal, label_rows=rows, files=hashes)


def _carry_out(plan: Plan, journal: Journal, say: Say) -> Done:
    everything = journal.request.kind == "all"
    is_erased = _is_erased(journal, plan)
    for name in journal.label_rows:
        if (path := plan.folder.root / name).exists():
            label_rows.remove_rows(path, is_erased)
    mark_stale(plan.folder.mirrors)
    if not everything:
        plan = _rewrite(plan, journal, say)
    say("Deleting what was made of the erased records.")
    for path in places.doomed(plan, everything=everything):
        path.unlink(missing_ok=True)
    if not everything:
        _rebuild(plan, journal, say)
    places.remove_empty_folders(plan.folder, everything=everything)
    say("Searching every file for what was erased.")
    # The plan repeats the study, and is needed until the end.
    unsearched = frozenset({plan.folder.plan} if everything else ())
    search = Search(journal.targets, journal.ids, journal.texts, alone=journal.alone)
    searched = scan(plan.folder, search, own_files(plan), unsearched)
    return _certify(plan, journal, searched)


def _rewrite(plan: Plan, journal: Journal, say: Say) -> Plan:
    """Rewrite pages, receipts and lists. Returns the plan without what is kept out."""
    targets = journal.targets
    if journal.barred:
        with tombstones.changing(plan.folder, PlatformTerms.of(plan.declared).tombstone) as known:
            known.bar("user" if journal.people else "video", journal.request.of, journal.began)
    say("Rewriting the raw pages.")
    for path in pages.raw_files(plan.folder):
        pages.rewrite_pages(path, targets)
    for path in list(pages.empty_searches(plan.folder)):
        path.unlink()
    lists.restore_missing_id_files(plan)  # a purge that was killed may have deleted some of them
    for path in pages.receipt_files(plan.folder):
        pages.rewrite_receipt(path, plan, targets)
    new = replanned(plan)
    lists.keep_selections(plan, new, targets)
    lists.rewrite_refreshes(plan, targets)
    new.write(plan.folder.plan)
    return new


def _rebuild(plan: Plan, journal: Journal, say: Say) -> None:
    """Build again the datasets that were built before. One that cannot be built is deleted: it has erased records."""
    lists.restore_id_files(plan)
    for dataset in plan.datasets:
        path = plan.folder.dataset(dataset.name)
        if dataset.name not in journal.datasets:
            path.unlink(missing_ok=True)
            continue
        say(f"Building {dataset.name} again.")
        labels = [plan.folder.root / each.file for each in dataset.labels]
        try:
            build(plan, dataset.name, path, label_files=labels, forgotten=_names(journal))
        except NotCollected:
            say(f"{dataset.name} was deleted: what it needs is not collected any more. The next build collects it.")
            path.unlink(missing_ok=True)


def _names(journal: Journal) -> frozenset[str]:
    """Ids and handles that no table may repeat from the dataset that is replaced."""
    return journal.videos | journal.people | journal.accounts


def _certify(plan: Plan, journal: Journal, searched: Scan) -> Done:
    after = {name: _facts(plan, name) for name in journal.datasets if _is_built(plan, name)}
    made = certificate.content(plan, journal, searched, after)
    page = certificate.write(plan.folder, journal, made)
    if not searched.left:
        if journal.request.kind == "all":
            plan.folder.plan.unlink(missing_ok=True)
        plan.folder.purge.unlink(missing_ok=True)
    return Done(made, page, not searched.left)


def _is_erased(journal: Journal, plan: Plan) -> Callable[[str], bool]:
    """Whether a row of a label file is about an erased record, or quotes one. Of everything, each row is."""
    if journal.request.kind == "all":
        return lambda text: True
    ids = journal.ids | journal.videos | journal.comments
    return Search(journal.targets, ids, journal.texts, alone=journal.alone).finds_in_row


def _not_declared(texts: tuple[str, ...], plan: Plan) -> tuple[str, ...]:
    """The texts that the study does not contain itself."""
    declared = plain(json.dumps(plan.declared, ensure_ascii=False))
    known = {texts[hit.value] for hit in Matcher(texts).hits(declared)}
    return tuple(each for each in texts if each not in known)


def _is_built(plan: Plan, name: str) -> bool:
    return plan.folder.dataset(name).exists()


def _facts(plan: Plan, name: str) -> dict[str, Any]:
    """The digest of a dataset, and the rows and digest of each of its tables; {} if it cannot be read."""
    try:
        with opened(plan.folder.dataset(name)) as con:
            ((digest,),) = con.execute("SELECT digest FROM study").fetchall()
            tables = con.execute("SELECT table_name, row_count, digest FROM table_digests ORDER BY 1").fetchall()
    except (StorageFault, duckdb.Error):
        return {}
    return {"digest": digest, "tables": {table: {"rows": rows, "digest": each} for table, rows, each in tables}}


def _name(plan: Plan, path: Path) -> str:
    return path.relative_to(plan.folder.root).as_posix()
