"""A dataset with what is hard to export: odd texts, big ids, missing values, lists, and networks."""

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.support import small_study
from tests.ttdata.with_mock import build_small, mock, plan_of
from tests.ttdata.worlds import build_study

DATASET = {
    "videos": {
        "where": {"all": [{"region_code": ["US", "GB", "DE"]}], "any": [{"hashtag_name": ["fyp"]}]},
        "during": ["2025-01-01", "2025-02-15"],
    },
    "comments": {"of": "videos", "top": {"by": "comment_count", "k": 3}, "max": 100},
    "replies": {"of": "comments", "sample": {"k": 5, "seed": 1}},
    "users": {"of": "videos", "top": {"by": "view_count", "k": 4}},
    "followers": {"of": "users", "max": 100},
    "following": {"of": "users", "max": 100},
    "liked": {"of": "users", "max": 100},
}
ODD = (
    "=1+1",
    'quotes "inside", commas',
    "line\nbreak\r\nand\ttab",
    "ünïcödé 😀 漢字 \u202eright to left",
    "  blanks around  ",
    "<script>&amp;</script>",
    "'; DROP TABLE videos; --",
    "NA",
    "007",
    "ü😀" * 1300,
)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset file. Tests only read it."""
    folder = tmp_path_factory.mktemp("export")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with mock("mock") as collector:
            plan = plan_of(DATASET)
            collector.everything(plan)
        path = build_small(plan).resolve()
    with duckdb.connect(str(path)) as con:
        ids = [row[0] for row in con.execute("SELECT id FROM videos ORDER BY id").fetchall()]
        for video_id, text in zip(ids, ODD, strict=False):
            con.execute("UPDATE videos SET video_description = ? WHERE id = ?", [text, video_id])
        con.execute("UPDATE videos SET music_id = 9223372036854775807, voice_to_text = '' WHERE id = ?", [ids[0]])
        con.execute(
            "UPDATE videos SET video_description = 'with @' || (SELECT max(follower) FROM followers) || ', thanks' "
            "WHERE id = ?",
            [ids[len(ODD)]],
        )
        con.execute("UPDATE videos SET music_id = NULL, video_description = NULL WHERE id = ?", [ids[-1]])
        con.execute("UPDATE videos SET hashtag_names = NULL, effect_ids = ['7', '8'] WHERE id = ?", [ids[1]])
    return path


@pytest.fixture(scope="session")
def _small_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return build_study(small_study()).resolve()


@pytest.fixture
def own_dataset(_small_once: Path, own_folder: Path) -> Path:
    """The dataset of the study in the current folder, with videos, comments and users. A test may change it."""
    path = Path("datasets/small.duckdb")
    path.parent.mkdir()
    shutil.copy(_small_once, path)
    return path
