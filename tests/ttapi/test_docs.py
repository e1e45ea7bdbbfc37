"""The pages about ttapi say what is so."""

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
    described = {name for _, names in MAKER["CONTENTS"] for name in names}
    constants = {"DEFAULT_BASE_URL", "ENDPOINTS", "LIMITS"}
    made = MAKER["page"]()
    errors = {name for name in ttapi.__all__ if f"| `{name}` |" in made}
    assert described | constants | errors == set(ttapi.__all__)


def test_every_public_thing_has_a_docstring():
    def public(kind):
        return [value for name, value in vars(kind).items() if callable(value) and not name.startswith("_")]

    things = [getattr(ttapi, name) for name in ttapi.__all__ if callable(getattr(ttapi, name))]
    methods = [method for thing in things if isinstance(thing, type) for method in public(thing)]
    assert [thing for thing in things + methods if not thing.__doc__] == []


def test_each_of_the_56_quirks_has_a_row_with_tests_that_exist_or_a_reason():
    page = (DOCS / "quirks.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", page, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, 57))
    tests = set(re.findall(r"^def (test_\w+)", "\n".join(path.read_text() for path in HERE.glob("*.py")), re.MULTILINE))
    for number, _, does, shown in rows:
        named = set(re.findall(r"`(test_\w+)`", shown))
        assert named <= tests, f"quirk {number} names tests that do not exist: {named - tests}"
        assert named or (does == "nothing" and shown.endswith(".")), f"quirk {number} has neither a test nor a reason"
    assert set(re.findall(r"`(test_\w+)`", page)) <= tests
