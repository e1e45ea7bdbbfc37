"""The pages about ttapi agree with the code."""

import re
import runpy
from pathlib import Path

import ttapi

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
MAKER = runpy.run_path(str(DOCS / "make_ttapi.py"))


def test_the_reference_page_is_up_to_date():
    assert (DOCS / "ttapi.md").read_text("utf-8") == MAKER["page"](), "run `make docs`"


def test_the_reference_page_has_every_public_name():
    documented = {name for _, names in MAKER["CONTENTS"] for name in names}
    constants = {"DEFAULT_BASE_URL", "ENDPOINTS", "LIMITS", "NOT_AN_OBJECT"}
    page = MAKER["page"]()
    errors = {name for name in ttapi.__all__ if f"| `{name}` |" in page}
    assert documented | constants | errors == set(ttapi.__all__)


def test_everything_public_has_a_docstring():
    def public(kind):
        return [value for name, value in vars(kind).items() if callable(value) and not name.startswith("_")]

    objects = [getattr(ttapi, name) for name in ttapi.__all__ if callable(getattr(ttapi, name))]
    methods = [method for kind in objects if isinstance(kind, type) for method in public(kind)]
    assert [each for each in objects + methods if not each.__doc__] == []


def test_each_quirk_has_a_row_with_tests_that_exist_or_a_reason():
    page = (DOCS / "quirks.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", page, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, len(rows) + 1))
    tests = set(re.findall(r"^def (test_\w+)", "\n".join(path.read_text() for path in HERE.glob("*.py")), re.MULTILINE))
    for number, _, action, evidence in rows:
        names = set(re.findall(r"`(test_\w+)`", evidence))
        assert names <= tests, f"quirk {number} names tests that do not exist: {names - tests}"
        assert names or (action == "nothing" and evidence.endswith(".")), (
            f"quirk {number} has neither a test nor a reason"
        )
    assert set(re.findall(r"`(test_\w+)`", page)) <= tests
