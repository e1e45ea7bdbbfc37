"""Fixtures: a place in a bucket of moto's server, and a folder with raw pages to mirror."""

from pathlib import Path
from typing import Any

import pytest

from tests.ttdata.store.test_raw_files import write_pages
from ttdata.store.paths import Folder
from ttdata.sync.bucket import Bucket

STUDY = """study: small
api: {base_url: mock}
datasets:
  small:
    videos:
      where: {any: [{hashtag_name: {file: terms.txt}}]}
      during: [2025-01-01, 2025-01-31]
"""


@pytest.fixture
def client(aws: str) -> Any:
    import boto3

    return boto3.client("s3", endpoint_url=aws)


@pytest.fixture
def bucket(aws: str, tmp_path: Path) -> Bucket:
    """A prefix of its own."""
    return Bucket.at(f"s3://mirror/{tmp_path.name}")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with a study, its list, and two raw files with three pages each."""
    root = tmp_path / "here"
    root.mkdir()
    (root / "config.yaml").write_text(STUDY)
    (root / "terms.txt").write_text("klima\n")
    for name in ("a", "b"):
        write_pages(root / "raw" / "mock" / "videos" / f"{name}.ndjson.zst")
    return Folder(root)
