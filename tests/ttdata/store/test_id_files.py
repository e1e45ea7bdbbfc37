"""Id files are read as they were written."""

from pathlib import Path

import pytest

from ttdata.store.id_files import read_ids, write_ids


@pytest.mark.parametrize("ids", [["a", "b"], ["# selection of names"], []])
def test_an_id_file_contains_the_ids_that_were_written(own_folder: Path, ids: list[str]) -> None:
    write_ids(Path("ids.txt"), ids, "0" * 16)
    assert read_ids(Path("ids.txt")) == ids
