"""Opening datasets of other versions of ttdata."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.support import small_study
from tests.ttdata.worlds import build_study
from ttdata.audit.checks import audit
from ttdata.build.digest import digest_of
from ttdata.errors import StorageFault
from ttdata.tables.declared import SCHEMA_VERSION
from ttdata.tables.files import Resources, opened


@pytest.fixture
def dataset(own_folder: Path) -> Path:
    return build_study(small_study())


@contextmanager
def changed(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(path)) as con:
        yield con


@pytest.mark.slow
def test_a_dataset_states_the_version_of_its_tables(dataset: Path) -> None:
    with opened(dataset) as con:
        assert con.execute("SELECT schema_version FROM study").fetchall() == [(SCHEMA_VERSION,)]


@pytest.mark.slow
def test_a_dataset_of_a_newer_version_is_refused_with_the_way_to_upgrade(dataset: Path) -> None:
    with changed(dataset) as con:
        con.execute("UPDATE study SET schema_version = schema_version + 1, software = 'ttdata 9.0'")
    with pytest.raises(
        StorageFault, match=r"A newer version of ttdata built .* \(ttdata 9\.0\).* Upgrade: pip install"
    ):
        digest_of(dataset)


@pytest.mark.slow
def test_a_dataset_from_before_there_were_versions_opens(dataset: Path) -> None:
    before = digest_of(dataset)
    with changed(dataset) as con:
        con.execute("DROP VIEW study_epochs; DROP TABLE table_digests; ALTER TABLE study DROP COLUMN schema_version")
    assert digest_of(dataset) == before


@pytest.mark.slow
def test_a_command_that_needs_more_than_an_old_dataset_has_says_how_to_rebuild_it_for_free(dataset: Path) -> None:
    with changed(dataset) as con:
        con.execute("ALTER TABLE study DROP COLUMN schema_version")
    rebuild = r"was not built by this version of ttdata, .* build again: it costs no request\."
    with pytest.raises(StorageFault, match=rebuild), opened(dataset) as con:
        con.execute("SELECT schema_version FROM study")
    with changed(dataset) as con:
        con.execute("ALTER TABLE requests DROP COLUMN cursor")
    with pytest.raises(StorageFault, match=rebuild):
        audit(dataset)


@pytest.mark.slow
def test_a_mistake_in_a_query_is_not_taken_for_an_old_dataset(dataset: Path) -> None:
    with pytest.raises(StorageFault, match="cannot be read as a dataset"), opened(dataset) as con:
        con.execute("SELECT no_such_column FROM study")


def test_a_file_that_is_no_dataset_is_not_taken_for_an_old_one(own_folder: Path) -> None:
    other = Path("other.duckdb")
    with changed(other) as con:
        con.execute("CREATE TABLE study (participant INTEGER)")
    with pytest.raises(StorageFault, match="cannot be read as a dataset"), opened(other) as con:
        con.execute("SELECT dataset FROM study")


@pytest.mark.slow
def test_the_temporary_folder_is_made_before_the_memory_is_full(dataset: Path, tmp_path: Path) -> None:
    with opened(dataset, Resources(temporary=tmp_path / "scratch/mine")) as con:
        assert con.execute("SELECT count(*) FROM videos").fetchall()[0][0] > 0
    assert (tmp_path / "scratch/mine").is_dir()
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StorageFault, match=r"The temporary folder .* cannot be made"),
        opened(dataset, Resources(temporary=tmp_path / "file/mine")),
    ):
        pass
