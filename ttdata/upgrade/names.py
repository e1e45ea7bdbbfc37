"""Names of raw files of shards in the present format: until format 2, they depended on `max`."""

import re
from functools import cache
from typing import NamedTuple

from ttdata.plan.names import named_fields, request_name
from ttdata.source_kinds import KINDS

_SHARD = re.compile(r"(?P<store>[0-9a-f]{16})(?P<rest>-\d+of\d+.*)")
# The largest `max` that is looked for: more than TikTok returns of any item.
_MOST = 100_000


class ShardName(NamedTuple):
    """A name of the present format, and the `max` that was part of the earlier one."""

    name: str
    max: int | None


def present_name(kind: str, name: str) -> ShardName:
    """The present name of a shard's raw file; the same if it needs none, or is of something else."""
    match = _SHARD.fullmatch(name)
    if kind not in KINDS or match is None:
        return ShardName(name, None)
    most = _max_of(kind, match["store"])
    return ShardName(_store(kind, None) + match["rest"], most) if most else ShardName(name, None)


@cache
def _max_of(kind: str, store: str) -> int | None:
    """The `max` in a hash, found by trying all: a raw file does not state it otherwise."""
    if store == _store(kind, None):
        return None
    return next((most for most in range(1, _MOST + 1) if _store(kind, most) == store), None)


def _store(kind: str, most: int | None) -> str:
    endpoint = KINDS[kind].endpoint
    return request_name(endpoint, {"max": most}, named_fields().get(endpoint, ()))
