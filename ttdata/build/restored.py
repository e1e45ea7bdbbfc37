"""A plan with everything that follows from the stored pages, in a temporary folder: for counting, without any change.

Receipts and id files can be missing although all pages are there: in a copy of the study and its pages, after `make
clean`, or when a selection has changed. Without them, a plan would count paid pages as if they were still to come.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ttdata.answers.items import ItemAnswers
from ttdata.api.clock import Clock
from ttdata.build.rank import ranked_ids
from ttdata.errors import Fault
from ttdata.plan.ids import missing_ids_of, receipts, selected_ids
from ttdata.plan.missing import missing_ids
from ttdata.plan.model import DatasetPlan, SourcePlan
from ttdata.plan.plan import Plan
from ttdata.plan.receipts import receipt_for_missing, receipt_of_shard
from ttdata.plan.restore import close_overtaken_waves, restore_receipts
from ttdata.plan.rounds import current
from ttdata.source_kinds import NAMES
from ttdata.store.id_files import write_ids
from ttdata.store.paths import Folder
from ttdata.store.raw_files import stored_lines


@contextmanager
def restored(declared: Plan, clock: Clock) -> Iterator[Plan]:
    """A plan put into its current rounds, in a folder with all receipts and id files that follow from the pages.

    Where nothing is missing, the folder is the plan's own.
    """
    plan = current(declared, clock)
    with _copy_if_incomplete(plan) as copy:
        if copy is not plan:
            declared = replace(declared, folder=copy.folder)
            restore_receipts(declared, empty=True)
            close_overtaken_waves(declared, clock)
            copy = current(declared, clock)
            _restore_lists(copy)
        yield copy


@contextmanager
def with_lists(plan: Plan) -> Iterator[Plan]:
    """The same for a plan in its current rounds whose searches have all receipts that they can have."""
    with _copy_if_incomplete(plan) as copy:
        if copy is not plan:
            _restore_lists(copy)
        yield copy


@contextmanager
def _copy_if_incomplete(plan: Plan) -> Iterator[Plan]:
    """The plan in a temporary folder with links to its files; itself if it is complete, or has no page."""
    if not plan.raw.path.exists() or _has_all(plan):
        yield plan
        return
    with TemporaryDirectory() as root:
        copy = replace(plan, folder=Folder(Path(root)))
        _link(plan, copy)
        yield copy


def _has_all(plan: Plan) -> bool:
    for dataset in plan.datasets:
        if not all(path.exists() for path in plan.all_receipts(dataset.name)):
            return False
        for source in dataset.sources:
            ids = selected_ids(plan, dataset, source)
            if ids is None or None in receipts(plan, source, ids).values():
                return False
    return True


def _link(plan: Plan, copy: Plan) -> None:
    """Link the files that tell what is collected. What is written in their place does not change them."""
    root = plan.folder.root
    files = [plan.folder.plan, plan.folder.clock, *(root / "ids").glob("*/*.txt"), *plan.raw.path.glob("*/*")]
    for file in files:
        if file.is_file():
            link = copy.folder.root / file.relative_to(root)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file.resolve())


def _restore_lists(plan: Plan) -> None:
    """Write each id file whose sources are complete, and the receipts about its items."""
    for dataset in plan.datasets:
        _restore_lists_of(plan, dataset)


def _restore_lists_of(plan: Plan, dataset: DatasetPlan) -> None:
    known = {"accounts", NAMES}
    try:
        if _restore_missing(plan, dataset):
            known.add("videos")
        for source in dataset.sources:
            if source.of in known and _restore_source(plan, dataset, source):
                known.add(source.source)
    except Fault:
        return  # The build will say what is wrong; until then, the rest counts as unknown.


def _restore_missing(plan: Plan, dataset: DatasetPlan) -> bool:
    """Whether all searches are complete, those for missing ids included."""
    if not all(path.exists() for path in plan.receipts_before_missing(dataset.name)):
        return False
    slices = [each for each in map(plan.slice, dataset.slices) if each.missing]
    for slice_ in slices:
        ids = missing_ids_of(plan, slice_)
        if ids is None:
            ids = missing_ids(plan, dataset.name)
            write_ids(plan.folder.ids(dataset.name, "videos"), ids, plan.selection(dataset.name, "videos"))
        path = plan.raw.receipt("videos", slice_.name)
        if not path.exists():
            receipt = receipt_for_missing(plan, slice_, ids, stored_lines(plan.raw.pages("videos", slice_.name)))
            if not receipt.is_finished:
                return False
            receipt.write(path)
    return True


def _restore_source(plan: Plan, dataset: DatasetPlan, source: SourcePlan) -> bool:
    """Whether all shards of a source are complete."""
    ids = selected_ids(plan, dataset, source)
    if ids is None:
        ids = ranked_ids(plan, dataset.name, source.source)
        write_ids(plan.folder.ids(dataset.name, source.source), ids, plan.selection(dataset.name, source.source))
    is_complete = True
    for shard, receipt in receipts(plan, source, ids).items():
        if receipt is None:
            lines = stored_lines(plan.raw.pages(source.kind, shard.raw))
            answers = ItemAnswers(lines, source.source_kind, source.max)
            made = receipt_of_shard(plan, source, shard, sorted(filter(shard.holds, ids)), answers, len(lines))
            if made.is_finished:
                made.write(plan.raw.receipt(source.source, shard.receipt))
            is_complete = is_complete and made.is_finished
    return is_complete
