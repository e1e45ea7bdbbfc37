"""CITATION.cff: what its format requires, and the same version, licence and description as the package."""

import tomllib
from typing import Any

import jsonschema
import yaml

from mockserver.version import VERSION
from tests.support import PROJECT

# The part of the schema of CFF 1.2.0 that concerns the keys which this file has.
SCHEMA = {
    "type": "object",
    "required": ["authors", "cff-version", "message", "title"],
    "additionalProperties": False,
    "properties": {
        "abstract": {"type": "string", "minLength": 1},
        "authors": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {"name": {"type": "string", "minLength": 1}},
            },
        },
        "cff-version": {"const": "1.2.0"},
        "keywords": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string", "minLength": 1}},
        "license": {"const": "MIT"},
        "message": {"type": "string", "minLength": 1},
        "title": {"type": "string", "minLength": 1},
        "type": {"enum": ["software", "dataset"]},
        "version": {"type": "string", "minLength": 1},
    },
}


def citation() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    return loaded


def test_the_citation_has_the_form_of_its_format() -> None:
    jsonschema.validate(citation(), SCHEMA)


def test_the_citation_names_the_version_and_the_licence_of_the_package() -> None:
    package = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    cited = citation()
    assert cited["version"] == VERSION
    assert (cited["title"], cited["license"]) == (package["name"], package["license"])
    assert cited["abstract"] == f"{package['description']}."
