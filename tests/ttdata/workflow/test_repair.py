"""A damaged state file is repaired before a build, and no content of one causes a traceback."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support import FOLDER, small_study
from tests.ttdata.worlds import collect_study, mock_tenant
from ttdata.errors import Fault, NotCollected
from ttdata.plan.calendar import first_requests, note_first_requests
from ttdata.plan.plan import Plan
from ttdata.store.doubts import of_this_build
from ttdata.store.id_files import read_ids
from ttdata.store.paths import Folder
from ttdata.store.receipts import Receipt
from ttdata.store.stops import Stop
from ttdata.study.study import Study
from ttdata.workflow.repair import repair
from ttdata.workflow.verified import is_damaged, note_built


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with receipts and id files."""
    folder = tmp_path_factory.mktemp("collected")
    study = small_study()
    del study["datasets"]["small"]["comments"]
    with pytest.MonkeyPatch.context() as patch, mock_tenant() as connect:
        patch.chdir(folder)
        collect_study(study, connect).write(FOLDER.plan)
    return folder


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
@example(b"")
@example(b"[" * 10_000)
@example(b'{"checksum": null, "asked": []}')
def test_no_content_of_a_state_file_causes_a_traceback(collected: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "state"
    file.write_bytes(content)
    assert Stop.read(file) is None
    folder = Folder(tmp_path)
    plan = replace(Plan.of(Study.check(small_study(), today=date(2026, 11, 1))), folder=folder)
    for state in (plan.raw.calendar, folder.verified, folder.doubts):
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_bytes(content)
    note_first_requests(plan, {("small", "videos"): datetime(2026, 6, 1, tzinfo=UTC)})
    assert all(each.tzinfo for each in first_requests(plan).values())
    note_built(folder, [])
    assert of_this_build(folder) == []
    for read in (Receipt.read, read_ids, Plan.read):
        with pytest.raises(Fault):
            read(file)


@pytest.mark.parametrize(
    "key", ["answers", "records", "refused", "keys", "raw", "items", "state", "asked", "finished_at"]
)
@pytest.mark.parametrize("value", [None, "x", 1.5, -1, [5], {"a": 5}, True])
@pytest.mark.parametrize("has_checksum", [True, False])
def test_a_receipt_whose_value_was_changed_is_not_believed(
    collected: Path, tmp_path: Path, key: str, value: object, *, has_checksum: bool
) -> None:
    stored = json.loads(min(collected.glob("raw/*/videos/*.receipt.json")).read_bytes())
    before = dict(stored)
    if before[key] == value:
        return
    stored[key] = value
    if not has_checksum:
        del stored["checksum"]
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(stored))
    if has_checksum:
        with pytest.raises(NotCollected, match="is damaged"):
            Receipt.read(path)
    else:  # the type of each value is right, at least
        try:
            receipt = Receipt.read(path)
        except NotCollected:
            return
        stored_type, read_type = type(before[key]), type(getattr(receipt, {"asked": "item_ids"}.get(key, key)))
        assert read_type in (stored_type, tuple, int, type(None))


def test_damaged_receipts_and_id_files_are_removed_and_whole_ones_stay(
    collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(collected)
    plan = Plan.of(Study.check(small_study(), today=date(2026, 11, 1)))
    receipts = sorted(collected.glob("raw/*/*/*.receipt.json"))
    before = {path: path.read_bytes() for path in receipts}
    repair(plan)
    assert {path: path.read_bytes() for path in receipts} == before

    receipts[0].write_bytes(before[receipts[0]][:-20])
    unsealed = json.loads(before[receipts[1]])
    del unsealed["checksum"]
    receipts[1].write_text(json.dumps(unsealed))
    time = receipts[1].stat().st_mtime_ns
    ids = FOLDER.ids("small", "users")
    ids.write_bytes(ids.read_bytes()[:-3])
    FOLDER.clock.parent.mkdir(exist_ok=True)
    FOLDER.clock.write_text('{"mock": "soon"}')
    FOLDER.plan.write_text("{")

    repair(plan)
    assert [path.exists() for path in (receipts[0], ids, FOLDER.clock)] == [False] * 3
    assert receipts[1].read_bytes() == before[receipts[1]]
    assert receipts[1].stat().st_mtime_ns == time
    assert Plan.read(FOLDER.plan).digest == plan.digest


def test_a_dataset_with_a_flipped_bit_is_damaged_and_one_that_was_only_copied_is_not(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    path = folder.dataset("small")
    path.parent.mkdir()
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE videos AS SELECT range AS id, hash(range) AS hash FROM range(100000)")
    note_built(folder, ["small"])
    content = path.read_bytes()
    path.write_bytes(content)
    assert not is_damaged(folder, "small")
    at = content.index(b"DUCK") + 3 * 4096 + 100_000
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    assert is_damaged(folder, "small")


def test_a_dataset_that_another_program_has_opened_is_not_taken_as_damaged(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.dataset("small").parent.mkdir()
    script = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    words = [sys.executable, "-c", script, str(folder.dataset("small"))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        assert not is_damaged(folder, "small")
        other.communicate(b"\n")
