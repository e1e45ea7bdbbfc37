"""The table of probes is complete, consistent, and within its budget."""

from mockserver.behaviours.fidelity import behaviours
from mockserver.conform.plan import cost, plan_text
from mockserver.conform.probes import PROBES, not_asked
from mockserver.conform.requests import MOST, PLANNED, ROWS

DECIDED = [name for probe in PROBES for name in probe.behaviours]


def test_every_behaviour_that_is_assumed_or_reported_has_a_probe_or_a_reason() -> None:
    uncertain = {row.name for row in behaviours() if row.kind in ("assumed", "reported")}
    assert uncertain <= {*DECIDED, *not_asked()}
    assert not set(DECIDED) & set(not_asked())
    assert {*DECIDED, *not_asked()} <= {row.name for row in behaviours()}
    assert all(len(reason) > 20 for reason in not_asked().values())


def test_no_behaviour_is_decided_by_two_probes() -> None:
    assert len(DECIDED) == len(set(DECIDED))
    assert len({probe.name for probe in PROBES}) == len(PROBES)


def test_every_probe_reads_requests_that_exist_and_every_request_is_read() -> None:
    read = {name for probe in PROBES for name in probe.requests} - {"all"}
    names = {row.name for row in ROWS}
    assert read <= names
    # These two exist for the others: one for a token, one in case that a lenient request is refused.
    assert names - read == {"token", "user"}


def test_a_comparison_stays_below_forty_requests_even_if_lenient_ones_are_refused() -> None:
    assert MOST == 40
    for lenient in {row.unless for row in ROWS if row.unless}:
        assert len(PLANNED) + sum(row.unless == lenient for row in ROWS) <= MOST


def test_the_plan_names_the_cost_every_probe_and_every_reason() -> None:
    text = plan_text()
    assert text.startswith(cost())
    assert cost().startswith(f"{len(PLANNED)} requests: ")
    assert all(probe.name in text for probe in PROBES)
    assert all(f"{name} " in text and reason in text for name, reason in not_asked().items())
