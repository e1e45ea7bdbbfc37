"""Batches of ids that a search for missing ids still has to request."""

from collections.abc import Sequence

from ttdata.store.raw_files import Line
from ttdata.study.id_lists import BATCH


def batches(ids: Sequence[str]) -> list[list[str]]:
    """Some ids, as many at once as a page can hold."""
    return [list(ids[first : first + BATCH]) for first in range(0, len(ids), BATCH)]


def batches_left(ids: Sequence[str], lines: Sequence[Line]) -> list[list[str]]:
    """The ids that are in no answered search, as many at once as a page can hold."""
    good = (line for line in lines if line.good and not line.has_more)
    answered = {each for line in good for each in line.request["query"]["and"][0]["field_values"]}
    return batches([each for each in ids if each not in answered])
