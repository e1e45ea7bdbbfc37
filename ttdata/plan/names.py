"""Names of slices and shards: the hash of what they request, and the round in which they request it."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache

from ttdata.packaged import packaged_yaml
from ttdata.source_kinds import kind_of

# Every source has this many shards. An item's shard follows from the item: with another number of shards, pages that
# are already stored would not be found.
SHARDS = 4


def request_name(endpoint: str, body: Mapping[str, object], fields: tuple[str, ...]) -> str:
    """The hash of a request. The order of its fields, conditions and values does not count."""
    content = json.dumps([endpoint, _in_order(body), sorted(fields)], sort_keys=True)
    return short_hash(content)


@cache
def named_fields() -> Mapping[str, tuple[str, ...]]:
    """The fields that the name of a default request contains, by endpoint; those without fields are left out."""
    listed = packaged_yaml(__package__, "named_fields.yaml")
    return {endpoint: tuple(fields) for endpoint, fields in listed.items()}


def canonical_query(query: Mapping[str, object]) -> str:
    """A query as text. The order of its conditions and values does not count."""
    return json.dumps(_in_order(query), sort_keys=True)


def short_hash(text: str) -> str:
    """The first 16 hex digits of a text's sha256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def shard_of(item: str, shards: int) -> int:
    """The shard, from 1, that an item belongs to."""
    return hashlib.sha256(item.encode()).digest()[0] % shards + 1


def in_round(name: str, number: int) -> str:
    """The name of a slice or shard when it is requested for the Nth time: HASH, HASH.2, HASH.3."""
    return name if number == 1 else f"{name}.{number}"


def later_raw(raw: str, dataset: str, source: str, number: int) -> str:
    """The name of the raw file of a later round of a shard.

    What another source requested at another time does not answer this round, so the file is the source's own.
    """
    own = "" if source == kind_of(source) else f"-{source}"
    return in_round(f"{raw}-{dataset}{own}", number)


def first_round(name: str) -> str:
    """The name without its round."""
    return name.partition(".")[0]


def round_of(name: str) -> int:
    """The round in a name."""
    return int(name.partition(".")[2] or 1)


def _in_order(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _in_order(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_in_order(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value
