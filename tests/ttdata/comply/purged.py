"""A study whose records carry canaries: words that nothing else contains, one for each record that can be erased."""

import gzip
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import zstandard

from tests.support import FOLDER
from tests.ttdata.comply.lost import NAME, REMOVED_AT, Lab, served
from ttdata.comply.purge.purge import Done, purge
from ttdata.comply.purge.request import Request
from ttdata.matching.pieces import pieces_of
from ttdata.plan.plan import Plan

GONE_VIDEO, GONE_COMMENT, PERSON = "canary-caption-0x5eed", "canary-comment-0x5eed", "canary.person7"
GONE_PROFILE = "canary-bio-0x5eed"
CANARIES = (GONE_VIDEO, GONE_COMMENT, GONE_PROFILE)
OF_PERSON = (PERSON, "canary-person-caption", "canary-person-bio", "canary-under-person")
LABELS = "codes.csv"


def rows() -> dict[str, Any]:
    """Five accounts: of one a video is removed, of one a comment, one disappears, and one objects."""
    users = [_user(number) for number in range(5)]
    users[0]["videos"][0] |= {"video_description": f"{GONE_VIDEO} #plantedtag", "removed_at": REMOVED_AT}
    users[1]["videos"][1]["comments"][0] |= {"text": GONE_COMMENT, "removed_at": REMOVED_AT}
    users[3] |= {"username": PERSON, "bio_description": "canary-person-bio"}
    users[3]["videos"][0] |= {"video_description": "canary-person-caption #plantedtag"}
    users[3]["videos"][0]["comments"][0]["text"] = "canary-under-person"
    users[4]["videos"][0]["video_description"] = f"with @{PERSON} at the sea #plantedtag"
    return {"users": users}


def _user(number: int) -> dict[str, Any]:
    return {
        "username": f"account_of_test{number}",
        "bio_description": f"the bio of {number}",
        "follower_count": 10 + number,
        "videos": [_video(number, each) for each in range(4)],
    }


def _video(user: int, number: int) -> dict[str, Any]:
    texts = [f"a comment of {user} on {number}, the {each}th" for each in range(2)]
    return {
        "create_time": f"2026-05-{1 + number:02}T00:{user:02}:00Z",
        "video_description": f"caption {user} {number} #plantedtag",
        "region_code": "ES",
        "view_count": 1000 * number + user,
        "comment_count": 2,
        "comments": [{"text": text, "create_time": "2026-05-12"} for text in texts],
    }


@contextmanager
def collected(built: Path, **changes: Any) -> Iterator[Lab]:
    """A copy of a built study in the current folder, and the server with its records."""
    shutil.copytree(built, Path(), dirs_exist_ok=True)
    with served(rows(), **changes) as lab:
        yield lab


def run(request: Request | None) -> list[Done]:
    """A purge as the command does it."""
    plan = Plan.read(FOLDER.plan)
    return purge(plan, request, lambda sentence: None)


def plant(*words: str) -> None:
    """Put words into every kind of file that a study leaves behind."""
    text = " ".join(words)
    Path("config.yaml").write_text(f"study: {NAME}\n")
    places = (
        *("logs/collect/videos.log", ".snakemake/metadata/abc", ".snakemake/log/x.log", ".ttdata/events", "page.har"),
        *("reports/recent.html", "reports/recent.audit.json", f"exports/{NAME}/videos.csv", ".cache/pages.json"),
        *("notes/.ipynb_checkpoints/a.ipynb", f"datasets/{NAME}.duckdb.wal", "datasets/earlier.duckdb"),
        *("reports/recent.refresh.txt", f"ids/{NAME}/left.txt", "raw/x/videos/0.ndjson.reserve"),
    )
    for name in places:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    Path(f"exports/{NAME}/comments.csv.gz").write_bytes(gzip.compress(text.encode()))
    Path("pages.har.zst").write_bytes(zstandard.ZstdCompressor().compress(text.encode()))
    for name in (f"packages/{NAME}-team.zip", "sent/paper.zip"):
        Path(name).parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(name, "w") as archive:
            for member in ("package.json", "SHA256SUMS", "DATA_AVAILABILITY.md"):
                archive.writestr(f"study/{member}", text)
    previous = FOLDER.previous(NAME)
    previous.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER.dataset(NAME), previous)


def contain(*words: str) -> set[str]:
    """The files of the current folder that contain a word, in plain bytes or in what they pack."""
    found = set()
    for path in filter(Path.is_file, Path().rglob("*")):
        texts = [path.read_bytes().decode("utf-8", "ignore"), *(each.text or "" for each in pieces_of(path, "x"))]
        if any(word.casefold() in text.casefold() for word in words for text in texts):
            found.add(path.as_posix())
    return found


def tables() -> dict[str, list[Any]]:
    """The data of the dataset: ids of videos and comments, names of profiles."""
    columns = {"videos": "id", "comments": "id", "users": "username"}
    made = column("(SELECT table_name FROM duckdb_tables())", "table_name")
    return {table: column(table, name) for table, name in columns.items() if table in made}


def column(table: str, name: str, where: str = "true") -> list[Any]:
    """The values of a column of the dataset, in their order."""
    with duckdb.connect(str(FOLDER.dataset(NAME)), read_only=True) as con:
        return [row for (row,) in con.execute(f"SELECT {name} FROM {table} WHERE {where} ORDER BY 1").fetchall()]


def digest() -> str:
    return str(*column("study", "digest"))


def receipts() -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text()) for path in Path("raw").glob("*/*/*.receipt.json")}
