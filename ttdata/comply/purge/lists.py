"""Lists of ids without what is erased: selections, and what a refresh has submitted and found."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ttdata.comply.record import Record, records
from ttdata.comply.refresh import unfinished
from ttdata.comply.subjects import CATEGORIES, Category
from ttdata.errors import Fault
from ttdata.files import write_bytes, write_json
from ttdata.plan.ids import missing_ids_of, selected_ids
from ttdata.plan.kept_selections import keep, kept_ids
from ttdata.plan.plan import Plan
from ttdata.program import program
from ttdata.store.erasing import CATEGORIES as ITEM_CATEGORIES
from ttdata.store.erasing import Targets, erase
from ttdata.store.id_files import read_ids, write_ids
from ttdata.store.raw_files import frame_of, frames_with_bytes

_NUMBER = re.compile(rb"\d{6,}")


def keep_selections(before: Plan, plan: Plan, targets: Targets) -> None:
    """Keep what each source requests by now, without what is erased. before: the plan that selected it."""
    for dataset in before.datasets:
        missing = next((each for each in map(before.slice, dataset.slices) if each.missing), None)
        if missing and (ids := missing_ids_of(before, missing)) is not None:
            keep(plan, dataset.name, "videos", [each for each in ids if not targets.has("video", each)])
        for source in dataset.sources:
            category = ITEM_CATEGORIES.get(source.source_kind.item_key, "")
            if (ids := selected_ids(before, dataset, source)) is not None:
                remaining = [each for each in ids if not targets.has(category, each)]
                keep(plan, dataset.name, source.source, remaining)
    restore_id_files(plan)


def restore_id_files(plan: Plan) -> None:
    """Write the id files whose selections are kept."""
    for path, ids, selection in _kept(plan):
        write_ids(path, ids, selection)


def restore_missing_id_files(plan: Plan) -> None:
    """Write those id files whose selections are kept and that do not exist."""
    for path, ids, selection in _kept(plan):
        if not path.exists():
            write_ids(path, ids, selection)


def _kept(plan: Plan) -> Iterator[tuple[Path, Sequence[str], str]]:
    """Path, ids and digest of each selection that is kept."""
    for dataset in plan.datasets:
        for source in ("videos", *(each.source for each in dataset.sources)):
            path = plan.folder.ids(dataset.name, source)
            if (source != "videos" or dataset.has_ids) and (ids := kept_ids(plan, dataset.name, source)) is not None:
                yield path, ids, plan.selection(dataset.name, source)


def refuse_unfinished_refresh(plan: Plan, targets: Targets) -> None:
    """Raise Fault if a refresh that is not finished checks what is to be erased: it could not be continued."""
    for dataset in plan.datasets:
        record = unfinished(plan, dataset.name)
        if record and any(targets.has(category, each) for category, ids in record.ids().items() for each in ids):
            raise Fault(
                f"A refresh of {dataset.name} was begun and not finished, and it checks what you want to erase. Finish "
                f"it first ({program()} refresh {dataset.name}). Or give it up: delete {record.path}; what it has cost "
                "is lost. Nothing was erased."
            )


def refresh_files(plan: Plan) -> Iterator[Path]:
    """The files of refreshes that name ids."""
    for record in _all_records(plan):
        files = (record.tasks, record.users, record.gone, record.before, *record.path.glob("ids/*.txt"))
        yield from (path for path in files if path.exists())


def rewrite_refreshes(plan: Plan, targets: Targets) -> None:
    """Remove what is erased from what refreshes have submitted and found. Their counts stay."""
    for record in _all_records(plan):
        record.before.unlink(missing_ok=True)
        for category in CATEGORIES:
            _rewrite_ids(record.path / "ids" / f"{category}.txt", category, targets)
        for path in (record.tasks, record.users):
            if path.exists():
                _rewrite_answers(path, targets)
        if record.gone.exists():
            gone = record.gone_ids()
            write_json(
                record.gone,
                {each: sorted(id_ for id_ in some if not targets.has(each, id_)) for each, some in gone.items()},
            )


def _all_records(plan: Plan) -> Iterator[Record]:
    for folder in sorted(plan.folder.refreshes.glob("*/")):
        yield from records(plan.folder, folder.name)


def _rewrite_ids(path: Path, category: Category, targets: Targets) -> None:
    if path.exists():
        ids = read_ids(path)
        if any(targets.has(category, each) for each in ids):
            write_ids(path, [each for each in ids if not targets.has(category, each)], category)


def _rewrite_answers(path: Path, targets: Targets) -> None:
    """Of an answer about a profile only its cost is kept; in a task, each erased id becomes 0."""

    def number(match: re.Match[bytes]) -> bytes:
        text = match[0].decode()
        return b"0" if text in targets.videos or text in targets.comments else match[0]

    with path.open("rb") as file:
        frames = list(frames_with_bytes(file, path))
    new = []
    for frame, line in frames:
        erased = erase(line, targets)
        replaced = erased.line if erased else _NUMBER.sub(number, line) if b'"compliance.' in line[:200] else line
        new.append(frame if replaced == line else frame_of(replaced))
    if new != [frame for frame, _ in frames]:
        write_bytes(path, b"".join(new))
