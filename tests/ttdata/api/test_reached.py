"""Whether an address has ever answered, as the files of a study show it."""

from dataclasses import replace

import pytest

from tests.support import FOLDER
from tests.ttdata.store.test_raw_files import answer, write_pages
from ttapi import NoAnswer, ServerError
from ttdata.api.reached import unreachable
from ttdata.store.raw_files import RawFile

URL, HOST = "https://api.example", "api.example"


def test_only_a_connection_to_an_address_without_any_answer_is_a_fault() -> None:
    refused = NoAnswer("the connection could not be established")
    fault = unreachable(refused, URL, HOST, FOLDER)
    assert fault
    assert str(fault).startswith(f"{URL} does not answer: the connection could not be established. ")
    assert unreachable(ServerError("it failed"), URL, HOST, FOLDER) is None
    assert unreachable(refused, "mock", "mock", FOLDER) is None
    write_pages(FOLDER.raw("another.example").pages("videos", "a"))
    assert unreachable(refused, URL, HOST, FOLDER)
    write_pages(FOLDER.raw(HOST).pages("videos", "a"))
    assert unreachable(refused, URL, HOST, FOLDER) is None


@pytest.mark.parametrize(("status", "is_fault"), [(None, True), (500, False)])
def test_a_stored_failure_is_an_answer_if_it_has_a_status(status: int | None, is_fault: bool) -> None:
    failed = replace(answer(0), status=status, code="no_answer" if status is None else "internal_error")
    with RawFile(FOLDER.raw(HOST).pages("videos", "a")) as raw:
        raw.append(failed)
    assert bool(unreachable(NoAnswer("refused"), URL, HOST, FOLDER)) is is_fault


def test_a_damaged_raw_file_calls_no_address_wrong() -> None:
    raw = FOLDER.raw(HOST).pages("videos", "a")
    damaged = bytearray(write_pages(raw).read_bytes())
    damaged[5] ^= 0xFF
    raw.write_bytes(damaged)
    assert unreachable(NoAnswer("refused"), URL, HOST, FOLDER) is None
