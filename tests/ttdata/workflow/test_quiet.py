"""Log files: those of the last runs are kept, and of each search the one of its newest round."""

from pathlib import Path

from ttdata.store.paths import Folder
from ttdata.workflow.quiet import KEPT_RUNS, prune_logs


def test_a_folder_with_many_runs_keeps_the_logs_of_the_last_ones(tmp_path: Path) -> None:
    runs = tmp_path / ".snakemake" / "log"
    searches = tmp_path / "logs" / "collect" / "mock" / "videos"
    for folder in (runs, searches):
        folder.mkdir(parents=True)
    for number in range(30):
        (runs / f"2026-06-{number + 1:02}T000000.snakemake.log").touch()
    for name in ("a.log", "a.2.log", "a.10.log", "b.log"):
        (searches / name).touch()
    prune_logs(Folder(tmp_path))
    assert len(list(runs.iterdir())) == KEPT_RUNS
    assert min(path.name for path in runs.iterdir()).startswith("2026-06-11")
    assert sorted(path.name for path in searches.iterdir()) == ["a.10.log", "b.log"]
    prune_logs(Folder(tmp_path / "new"))
