"""Selections as a purge left them: without them, a build would select other items in the place of the erased ones.

A kept selection counts until something about it changes: the study, or a new round of its source or of its parent.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from ttdata.plan.names import short_hash
from ttdata.plan.plan import Plan
from ttdata.store.id_files import ids_of_selection, write_ids

FOLDER = "selections"


def kept_ids(plan: Plan, dataset: str, source: str) -> list[str] | None:
    """The items that a source requests, or with `videos` the missing ids, if a purge has kept them.

    Raises StorageFault if the file is damaged.
    """
    return ids_of_selection(_file(plan, dataset, source), _key(plan, dataset, source))


def keep(plan: Plan, dataset: str, source: str, ids: Sequence[str]) -> None:
    """Keep a selection. It is beside the pages, so that cleaning does not delete it."""
    write_ids(_file(plan, dataset, source), ids, _key(plan, dataset, source))


def _file(plan: Plan, dataset: str, source: str) -> Path:
    return plan.raw.path / FOLDER / f"{dataset}.{source}.txt"


def _key(plan: Plan, dataset: str, source: str) -> str:
    if source == "videos":
        paths = plan.receipts_before_missing(dataset)
    else:
        of = plan.dataset(dataset).source(source).of
        paths = [*plan.receipts(dataset, of), *plan.receipts(dataset, source)]
    return short_hash(json.dumps([plan.selection(dataset, source), [path.name for path in paths]]))
