"""Which dataset file a command means."""

from pathlib import Path

from ttdata.errors import StorageFault
from ttdata.program import program
from ttdata.store.paths import Folder


def dataset_file(dataset: str | None, folder: Folder) -> Path:
    """The file of a dataset that is named, or given as a path; without a name, the only one in the folder.

    Raises StorageFault, with the names that there are.
    """
    built = sorted((folder.root / "datasets").glob("*.duckdb"))
    names = ", ".join(path.stem for path in built)
    if dataset is None:
        if len(built) == 1:
            return built[0]
        if built:
            raise StorageFault(f"There are several datasets. Name one of: {names}.")
        raise StorageFault(f"There is no dataset in {folder.root.resolve()}. Build one first: {program()} build")
    path = Path(dataset)
    if path.suffix == ".duckdb" or path.is_file():
        return path
    named = folder.root / "datasets" / f"{dataset}.duckdb"
    if named not in built:
        raise StorageFault(f"There is no dataset {dataset!r}. Built here: {names or 'none'}.")
    return named
