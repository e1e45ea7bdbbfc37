"""The study of a package: nobody of the laboratory is in it, and a twin is never due for a refresh."""

from tests.support import small_study
from ttdata.publish.package.studies import Replacements, twin, without_people

TERMS = {"refresh_days": 15, "version": "2026-01-22", "roster": [{"who": "AB"}]}


def test_a_package_names_nobody_of_the_laboratory() -> None:
    declared = small_study(terms=TERMS)
    assert without_people(declared)["terms"] == {"refresh_days": 15, "version": "2026-01-22"}
    assert declared["terms"] == TERMS
    assert without_people(small_study()) == small_study()


def test_a_twin_is_never_due_for_a_refresh() -> None:
    assert "terms" not in twin(small_study(terms=TERMS), Replacements(str, str), "seed=2")
