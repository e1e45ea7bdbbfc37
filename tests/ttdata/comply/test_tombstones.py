"""What is remembered of a record follows from the refreshes that missed or found it, however many there were."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import FOLDER
from ttdata.comply.tombstones import Tombstone, changing, find, miss, read
from ttdata.errors import StorageFault, StudyFault

START = datetime(2026, 6, 16, 12, tzinfo=UTC)
# Hours from the end of the one before to the beginning, hours that it takes, and whether the record was found.
Refresh = tuple[datetime, datetime, bool]


@st.composite
def histories(draw: st.DrawFn) -> list[Refresh]:
    moment, history = START, []
    for _ in range(draw(st.integers(0, 12))):
        began = moment + timedelta(hours=draw(st.integers(1, 400)))
        moment = began + timedelta(hours=draw(st.integers(0, 200)))
        history.append((began, moment, draw(st.booleans())))
    return history


def after(history: Sequence[Refresh], before: Tombstone | None = None) -> Tombstone | None:
    for began, ended, found in history:
        before = find(before, ended) if found else miss(before, began, ended)
    return before


@given(histories())
def test_the_state_is_what_the_history_says(history: list[Refresh]) -> None:
    tombstone = after(history)
    absences: list[list[Refresh]] = []
    for number, each in enumerate(history):
        if not each[2]:
            continues = number > 0 and not history[number - 1][2]
            absences = [*absences[:-1], [*absences[-1], each]] if continues else [*absences, [each]]
    if not absences:
        assert tombstone is None
        return
    assert tombstone
    last = absences[-1]
    is_confirmed = any(began - last[0][1] >= timedelta(days=7) for began, *_ in last[1:])
    expected = "back" if history[-1][2] else "lost" if is_confirmed else "missed"
    assert tombstone.state == expected
    assert tombstone.missed == last[0][1].isoformat()
    assert tombstone.returns == sum(not before[2] and now[2] for before, now in pairwise(history))


@given(histories())
def test_a_refresh_that_is_recorded_twice_counts_once(history: list[Refresh]) -> None:
    assert after([each for each in history for _ in range(2)]) == after(history)


@given(histories(), st.data())
def test_a_refresh_that_is_older_than_what_is_known_changes_nothing(
    history: list[Refresh], data: st.DataObject
) -> None:
    if history and not history[-1][2]:
        before = after(history)
        began, ended, _ = data.draw(st.sampled_from(history))
        assert miss(before, began, ended) == before
        assert find(before, ended) == before


def test_one_miss_is_never_a_confirmed_loss() -> None:
    assert miss(None, START, START + timedelta(days=30)).state == "missed"


def test_the_second_miss_confirms_from_the_seventh_day_on() -> None:
    first = miss(None, START, START)
    week = START + timedelta(days=7)
    assert miss(first, week - timedelta(seconds=1), week).state == "missed"
    assert miss(first, week, week).state == "lost"


def remember(memory: str) -> None:
    with changing(FOLDER, memory) as tombstones:  # type: ignore[arg-type]
        tombstones.put("video", "7302470379501604128", miss(None, START, START))


def test_the_hash_of_an_id_depends_on_the_key_alone() -> None:
    remember("hash")
    assert read(FOLDER, "hash").of("video", "7302470379501604128")
    assert read(FOLDER, "hash").of("comment", "7302470379501604128") is None
    assert "7302470379501604128" not in FOLDER.tombstones.read_text()
    assert read(FOLDER, "hash").unconfirmed("video") == []


def test_an_id_can_be_requested_again_until_its_loss_is_confirmed() -> None:
    remember("id")
    assert read(FOLDER, "id").unconfirmed("video") == ["7302470379501604128"]
    with changing(FOLDER, "id") as tombstones:
        later = START + timedelta(days=8)
        tombstones.put(
            "video", "7302470379501604128", miss(tombstones.of("video", "7302470379501604128"), later, later)
        )
    assert read(FOLDER, "id").unconfirmed("video") == []


def test_hashes_without_their_key_or_with_another_one_are_refused() -> None:
    remember("hash")
    key = FOLDER.tombstone_key.read_text()
    FOLDER.tombstone_key.unlink()
    with pytest.raises(StorageFault, match=r"tombstones\.key is missing"):
        remember("hash")
    FOLDER.tombstone_key.write_text("ff" * 32)
    with pytest.raises(StorageFault, match="is not the key of"):
        remember("hash")
    FOLDER.tombstone_key.write_text(key)
    remember("hash")


def test_another_form_than_the_stored_one_is_refused() -> None:
    remember("hash")
    with pytest.raises(StudyFault, match=r"terms\.tombstone: .* was written with hash"):
        remember("id")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": "hash"}', '{"form": "hash", "entries": {"video": 1}}'])
def test_a_damaged_file_is_named(text: str) -> None:
    remember("hash")
    Path(FOLDER.tombstones).write_text(text)
    with pytest.raises(StorageFault, match=r"tombstones\.json"):
        remember("hash")
