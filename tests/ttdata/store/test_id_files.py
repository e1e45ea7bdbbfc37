"""Id files are read as they were written."""

from pathlib import Path

import pytest

from ttdata.errors import StorageFault
from ttdata.store.id_files import ids_of_selection, listed_ids, read_ids, write_ids

IDS = Path("ids.txt")


@pytest.mark.parametrize("ids", [["a", "b"], ["# selection of names"], []])
def test_an_id_file_contains_the_ids_that_were_written(own_folder: Path, ids: list[str]) -> None:
    write_ids(IDS, ids, "0" * 16)
    assert read_ids(IDS) == listed_ids(IDS) == ids_of_selection(IDS, "0" * 16) == ids
    assert ids_of_selection(IDS, "1" * 16) is None


@pytest.mark.parametrize("kept", [0, 1, 30, 60, -5, -1])
def test_an_id_file_that_was_cut_off_is_no_shorter_list(own_folder: Path, kept: int) -> None:
    write_ids(IDS, ["a", "b", "c"], "0" * 16)
    IDS.write_bytes(IDS.read_bytes()[:kept])
    if kept != -1:  # without the last line break all items are there
        with pytest.raises(StorageFault, match="Delete it and build again"):
            read_ids(IDS)
    else:
        assert read_ids(IDS) == ["a", "b", "c"]


def test_a_list_that_somebody_has_written_by_hand_can_be_collected(own_folder: Path) -> None:
    IDS.write_text("a\nb\n")
    assert listed_ids(IDS) == ["a", "b"]
    IDS.write_text("")
    with pytest.raises(StorageFault):
        listed_ids(IDS)
