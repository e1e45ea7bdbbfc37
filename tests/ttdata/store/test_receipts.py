"""Receipts: what is stored beside a raw file is read as it was written, or not at all."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.ttdata.store.test_lines import LINE
from ttdata.errors import NotCollected
from ttdata.store.receipts import FINISHED, Receipt, StoredSearch, is_query, moment, sorted_keys

QUERY = {"and": [{"field_name": "region_code", "operation": "IN", "field_values": ["DE", "US"]}]}
SEARCH = StoredSearch(json.dumps(QUERY), "2025-01-01", "2025-01-30", ("id", "username"))
RECEIPT = Receipt(
    name="small-1of4",
    source="comments",
    state="partial",
    raw="raw/host/comments/x-1of4.ndjson.zst",
    answers=9,
    requests=8,
    least=7,
    records=6,
    keys=("id", "text"),
    items=5,
    refused={"7": "CommentsNotDisclosed"},
    evidence="5 of 6 items are answered.",
    cut={"8": 1000},
    longest=30,
    item_ids=("7", "8"),
    asked_at="2026-06-01T12:00:00+00:00",
    finished_at="2026-06-02T12:00:00+00:00",
    max=100,
    search=SEARCH,
    erased=4,
)
FEWEST = Receipt("a", "videos", "empty", "raw/a", 1, 1, 1, 0)


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the content of a receipt's file, as an earlier version or a hand would: without a checksum."""
    stored = json.loads(path.read_text())
    del stored["checksum"]
    change(stored)
    path.write_text(json.dumps(stored))


@pytest.mark.parametrize("receipt", [RECEIPT, FEWEST])
def test_a_receipt_is_read_as_it_was_written(tmp_path: Path, receipt: Receipt) -> None:
    path = tmp_path / "a.receipt.json"
    receipt.write(path)
    assert Receipt.read(path) == Receipt.read_if_any(path) == receipt
    replace(receipt, records=70).write(path)
    assert Receipt.read(path) == replace(receipt, records=70), "a file that was replaced is read again"


def test_a_receipt_that_replaces_another_of_its_size_and_time_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.receipt.json"
    for records in (1, 2):
        replace(RECEIPT, records=records).write(path)
        os.utime(path, ns=(10**18, 10**18))
        assert Receipt.read(path).records == records


def test_the_same_receipt_has_the_same_bytes_in_every_version(tmp_path: Path) -> None:
    path = tmp_path / "a.receipt.json"
    RECEIPT.write(path)
    stored = json.loads(path.read_text())
    assert stored == {
        "name": "small-1of4",
        "source": "comments",
        "state": "partial",
        "raw": "raw/host/comments/x-1of4.ndjson.zst",
        "answers": 9,
        "requests": 8,
        "least": 7,
        "records": 6,
        "keys": ["id", "text"],
        "items": 5,
        "refused": {"7": "CommentsNotDisclosed"},
        "evidence": "5 of 6 items are answered.",
        "cut": {"8": 1000},
        "longest": 30,
        "asked": ["7", "8"],
        "asked_at": "2026-06-01T12:00:00+00:00",
        "finished_at": "2026-06-02T12:00:00+00:00",
        "max": 100,
        "search": {
            "query": json.dumps(QUERY),
            "start": "2025-01-01",
            "end": "2025-01-30",
            "fields": ["id", "username"],
        },
        "format": 2,
        "erased": 4,
        "checksum": "78618cc1820b42cf",
    }
    FEWEST.write(path)
    assert "erased" not in json.loads(path.read_text())


def test_a_receipt_that_is_missing_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert Receipt.read_if_any(path) is None
    with pytest.raises(NotCollected) as error:
        Receipt.read(path)
    assert str(error.value) == f"a is not collected yet: there is no {path}. Run the build again."


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored.update(state="done"),
        lambda stored: stored.update(answers="9"),
        lambda stored: stored.update(keys=[1]),
        lambda stored: stored.update(more=1),
        lambda stored: stored.update(search={"query": "[]"}),
        lambda stored: stored["search"].update(start="May"),
        lambda stored: stored["search"].update(end="June"),
        lambda stored: stored["search"].update(query="no json"),
        lambda stored: stored["search"].update(query='{"xor": []}'),
        lambda stored: stored["search"].update(more=1),
        lambda stored: stored.pop("asked"),
        lambda stored: stored.pop("keys"),
        lambda stored: stored.pop("records"),
        lambda stored: stored.update(checksum="0123456789abcdef"),
        lambda stored: stored.update(checksum=""),
    ],
)
def test_a_receipt_that_this_version_did_not_write_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    path = tmp_path / "a.receipt.json"
    RECEIPT.write(path)
    changed(path, change)
    for read in (Receipt.read, Receipt.read_if_any):
        with pytest.raises(NotCollected) as error:
            read(path)
        assert str(error.value) == (
            f"{path} is damaged, or another version of ttdata wrote it. Delete it and build again; no page is "
            "requested twice."
        )


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "3", "[" * 100_000, "\udcff"])
def test_a_file_that_is_no_receipt_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.receipt.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(NotCollected, match="is damaged, or another version of ttdata wrote it"):
        Receipt.read(path)


@pytest.mark.parametrize("key", ["records", "evidence", "asked", "search"])
def test_a_receipt_whose_content_does_not_have_its_checksum_is_refused(tmp_path: Path, key: str) -> None:
    path = tmp_path / "a.receipt.json"
    RECEIPT.write(path)
    other = {"records": 7, "evidence": "All.", "asked": ["7"], "search": None}
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: other[key]}))
    with pytest.raises(NotCollected):
        Receipt.read(path)


def test_a_receipt_of_an_earlier_version_without_checksum_and_format_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.receipt.json"
    RECEIPT.write(path)
    changed(path, lambda stored: [stored.pop(key) for key in ("format", "max", "search", "erased")])
    assert Receipt.read(path) == replace(RECEIPT, format=1, max=None, search=None, erased=0)


@pytest.mark.parametrize("state", ["complete", "empty", "partial", "blocked", "refused", "capped"])
def test_only_what_is_partial_or_blocked_is_not_finished(state: Any) -> None:
    assert replace(FEWEST, state=state).is_finished == (state not in ("partial", "blocked")) == (state in FINISHED)


def test_something_was_found_on_the_day_of_the_last_answer_also_if_a_purge_has_removed_it() -> None:
    assert RECEIPT.received == 6 + 4
    assert RECEIPT.found_something_on("2026-06-02")
    assert not RECEIPT.found_something_on("2026-06-01")
    assert replace(RECEIPT, records=1, erased=0).found_something_on("2026-06-02")
    assert replace(RECEIPT, records=0, erased=1).found_something_on("2026-06-02")
    assert not replace(RECEIPT, records=0, erased=0).found_something_on("2026-06-02")


CONDITION = QUERY["and"][0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, True),
        (QUERY, True),
        ({"and": [], "or": [CONDITION, CONDITION], "not": []}, True),
        ({"xor": [CONDITION]}, False),
        ({"and": CONDITION}, False),
        ({"and": [CONDITION, "x"]}, False),
        ({"and": [{**CONDITION, "more": 1}]}, False),
        ({"and": [{**CONDITION, "field_name": 1}]}, False),
        ({"and": [{**CONDITION, "operation": None}]}, False),
        ({"and": [{**CONDITION, "field_values": "DE"}]}, False),
        ({"and": [{**CONDITION, "field_values": ["DE", 1]}]}, False),
        ({"and": [{"field_name": "region_code"}]}, False),
        ([], False),
        (None, False),
        ("and", False),
    ],
)
def test_a_query_is_an_object_of_lists_of_conditions(value: object, expected: bool) -> None:
    assert is_query(value) is expected


@pytest.mark.parametrize("stored", [None, {}])
def test_a_receipt_may_have_no_search(stored: dict[str, Any] | None) -> None:
    assert StoredSearch.stored(stored) is None


def test_the_fields_of_some_answers_are_listed_once_in_order() -> None:
    lines = [replace(LINE, keys=keys) for keys in (("b", "a"), (), ("c", "a"))]
    assert sorted_keys(lines) == ("a", "b", "c")


def test_the_first_and_the_last_moment_of_some_answers_are_found_in_any_order() -> None:
    lines = [replace(LINE, sent_at=datetime(2026, 6, day, tzinfo=UTC)) for day in (2, 1, 3)]
    assert moment(lines, min) == "2026-06-01T00:00:00+00:00"
    assert moment(lines, max) == "2026-06-03T00:00:00+00:00"
    assert moment([], min) == ""
