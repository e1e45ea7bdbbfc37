"""The metadata of a package, read by the tools of each standard, without the network.

Not run: the validator of RO-Crate (roc-validator), which fetches its context from the network.
"""

import json
import socket
import zipfile
from pathlib import Path

import bagit
import pytest
import yaml
from frictionless import Package
from jsonschema import Draft202012Validator
from rocrate.rocrate import ROCrate

from tests.support import ttdata

# What CITATION.cff 1.2.0 requires, of the fields that are written here (github.com/citation-file-format, schema.json).
CITATION = {
    "type": "object",
    "required": ["authors", "cff-version", "message", "title"],
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "type": {"enum": ["dataset", "software"]},
        "title": {"type": "string", "minLength": 1},
        "date-released": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "authors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "family-names": {"type": "string"},
                    "given-names": {"type": "string"},
                    "orcid": {"type": "string", "pattern": r"^https://orcid\.org/[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$"},
                    "affiliation": {"type": "string"},
                    "name": {"type": "string"},
                },
            },
        },
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no network in these tests")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def extras(study_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public package with croissant.json, in a bag, unpacked."""
    folder = tmp_path_factory.mktemp("extras")
    outcome = ttdata("package", "--croissant", "--bagit", "--out", folder / "bag.zip", directory=study_folder)
    assert outcome.status == 0, outcome.said
    with zipfile.ZipFile(folder / "bag.zip") as archive:
        archive.extractall(folder / "bag")
    return folder / "bag"


@pytest.fixture
def unpacked(public: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(public) as archive:
        archive.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


@pytest.mark.filterwarnings("ignore")
def test_frictionless_finds_the_data_package_valid(unpacked: Path) -> None:
    report = Package(str(unpacked / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "message"])
    assert report.stats["tasks"] > 20


@pytest.mark.filterwarnings("ignore")
def test_frictionless_reads_ids_exactly(unpacked: Path) -> None:
    rows = Package(str(unpacked / "datapackage.json")).get_resource("ids_videos").read_rows()
    assert all(isinstance(row["id"], str) and row["id"].isdigit() for row in rows)


@pytest.mark.filterwarnings("ignore")
def test_rocrate_reads_every_file_the_workflow_and_the_authors(unpacked: Path) -> None:
    crate = ROCrate(unpacked)
    files = {entity.id for entity in crate.get_entities() if "File" in entity.type}
    packed = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert files == packed - {"SHA256SUMS", "ro-crate-metadata.json"}
    assert crate.mainEntity.id == "workflow/Snakefile"
    assert crate.datePublished.date().isoformat() == "2026-06-01"
    assert crate.root_dataset["author"][0]["name"] == "Anna Example"
    assert crate.license["@id"].endswith("CC-BY-4.0")


def test_every_reference_in_the_crate_leads_somewhere(unpacked: Path) -> None:
    graph = json.loads((unpacked / "ro-crate-metadata.json").read_text())["@graph"]
    known = {entity["@id"] for entity in graph}
    assert len(known) == len(graph)
    for entity in graph:
        for key, value in entity.items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict) and key not in ("conformsTo", "identifier", "url"):
                    assert each["@id"] in known, (entity["@id"], key)


def test_the_citation_has_the_form_of_its_standard(unpacked: Path) -> None:
    citation = yaml.safe_load((unpacked / "CITATION.cff").read_text())
    Draft202012Validator(CITATION).validate(citation)
    assert citation["authors"][0]["family-names"] == "Example"


@pytest.mark.slow
def test_bagit_finds_the_bag_valid(extras: Path) -> None:
    bag = bagit.Bag(str(extras))
    bag.validate()
    assert bag.info["Bagging-Date"] == "2026-06-01"


@pytest.mark.slow
def test_a_bag_is_verified_like_any_package(extras: Path) -> None:
    outcome = ttdata("verify", extras.with_name("bag.zip"))
    assert outcome.status == 0, outcome.said


@pytest.mark.slow
def test_croissant_lists_the_tables_with_their_checksums(extras: Path) -> None:
    croissant = json.loads((extras / "data/croissant.json").read_text())
    sums = dict(reversed(line.split("  ")) for line in (extras / "data/SHA256SUMS").read_text().splitlines())
    assert croissant["distribution"]
    assert all(each["sha256"] == sums[each["contentUrl"]] for each in croissant["distribution"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_mlcroissant_reads_the_records(extras: Path) -> None:
    import mlcroissant  # it takes a second, which only this test needs

    dataset = mlcroissant.Dataset(extras / "data/croissant.json")
    assert not dataset.metadata.issues.errors
    assert len(list(dataset.records("ids_videos"))) > 10
