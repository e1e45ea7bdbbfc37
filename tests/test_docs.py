"""The documents are held to what they document."""

import importlib.util
import re
from types import ModuleType

from tests.support import PROJECT


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROJECT / "docs" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_about_studies_follows_the_schema() -> None:
    assert (PROJECT / "docs/study.md").read_text() == script("make_study").page(), "run `make docs`"


def test_every_link_of_a_document_leads_somewhere() -> None:
    for document in [PROJECT / "README.md", *PROJECT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
