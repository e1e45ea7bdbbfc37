"""What a build makes, copied by Snakemake's storage plugin to a bucket of moto's server, which imitates S3."""

from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.support import PROJECT, small_study, snakemake
from ttdata.build.digest import digest_of

ALL_FILES = ("--default-storage-provider", "s3", "--default-storage-prefix", "s3://mirror/all")
PREFIX = ("--default-storage-prefix", "s3://mirror/small")


def stored(aws: str, prefix: str = "small/") -> dict[str, Any]:
    listing = boto3.client("s3", endpoint_url=aws).list_objects_v2(Bucket="mirror", Prefix=prefix)
    return {each["Key"].removeprefix(prefix): each for each in listing.get("Contents", ())}


@pytest.mark.slow
def test_datasets_reports_exports_and_packages_are_copied_to_the_bucket(tmp_path: Path, aws: str) -> None:
    study = small_study(exports=["csv"], package={"profiles": ["aggregate"]})
    del study["datasets"]["small"]["comments"], study["datasets"]["small"]["users"]
    folder = tmp_path / "folder"
    built = snakemake(study, folder, *PREFIX)
    assert built.status == 0, built.said
    first = stored(aws)
    assert {"datasets/small/small.duckdb", "reports/small/small.html", "packages/small-aggregate.zip"} <= first.keys()
    exported = {path.name for path in (folder / "exports" / "small").iterdir()}
    assert {name.removeprefix("exports/small/") for name in first if name.startswith("exports/")} == exported
    copy = tmp_path / "copy.duckdb"
    boto3.client("s3", endpoint_url=aws).download_file("mirror", "small/datasets/small/small.duckdb", str(copy))
    assert digest_of(copy) == digest_of(folder / "datasets" / "small.duckdb")

    again = snakemake(study, folder, *PREFIX)
    assert again.status == 0, again.said
    assert "Nothing to be done" in again.said
    assert stored(aws) == first
    changed = snakemake({**study, "exports": ["jsonl"]}, folder, *PREFIX)
    assert changed.status == 0, changed.said
    second = stored(aws)
    exported = {path.name for path in (folder / "exports" / "small").iterdir()}
    assert {name.removeprefix("exports/small/") for name in second if name.startswith("exports/")} == exported


@pytest.mark.slow
def test_a_bucket_for_all_files_is_refused_with_a_sentence(tmp_path: Path, aws: str) -> None:
    outcome = snakemake(small_study(), tmp_path / "folder", *ALL_FILES)
    assert outcome.status == 1
    assert "--default-storage-provider does not work here" in outcome.said
    assert "Traceback" not in outcome.said
    assert stored(aws, "all/") == {}


def test_the_profile_names_a_prefix_and_no_provider_and_no_credentials() -> None:
    profile = yaml.safe_load((PROJECT / "profiles" / "s3" / "profile.yaml").read_text())
    assert profile == {"default-storage-prefix": "s3://my-bucket/climate"}
