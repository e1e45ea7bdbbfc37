"""Every behaviour in the tables has a test, and every rule in the code is in the tables."""

import ast
from functools import cache
from pathlib import Path

from mockserver.behaviours.fidelity import KINDS, behaviours, report
from mockserver.behaviours.quirks import QUIRKS
from mockserver.behaviours.refusals import RULES
from tests.support import PROJECT

TESTS = Path(__file__).parents[1]


@cache
def functions(file: str) -> dict[str, set[str]]:
    """The functions of a test file, with the fixtures that each uses."""
    (path,) = TESTS.rglob(f"{file}.py")
    tree = ast.parse(path.read_text("utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {node.name: {argument.arg for argument in node.args.args} for node in nodes}


def test_every_behaviour_has_a_kind_a_source_and_a_test_that_exists() -> None:
    for row in behaviours():
        file, _, function = row.test.partition("::")
        assert function in functions(file), row
        assert row.kind in KINDS, row
        assert row.source, row
        assert row.says, row


def test_every_behaviour_that_an_adapter_could_change_is_tested_with_two() -> None:
    """`api` runs a test in process and on a socket. Tests of one adapter alone are in separate files."""
    for row in behaviours():
        file, _, function = row.test.partition("::")
        fixtures = functions(file)[function]
        if file not in ("test_http_server", "test_security", "test_proxy", "test_adapters", "test_requests_mock"):
            assert "api" in fixtures or not fixtures & {"inside", "core", "mock", "server"}, row


def test_every_rule_and_every_quirk_is_a_behaviour_and_no_name_is_used_twice() -> None:
    names = [row.name for row in behaviours()]
    assert len(set(names)) == len(names)
    assert {f"refusal {name}" for name in RULES} | {f"quirk {name}" for name in QUIRKS} <= set(names)


def test_the_rules_in_the_table_are_those_that_the_code_raises() -> None:
    raised = set()
    for file in (PROJECT / "mockserver").rglob("*.py"):
        calls = [
            node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call) and node.args
        ]
        arguments = [node.args[0] for node in calls if getattr(node.func, "id", "") in ("Refusal", "_refuse")]
        raised |= {argument.value for argument in arguments if isinstance(argument, ast.Constant)}
    magic = {"user-missing", "user-private", "user-refused", "list-hidden"}
    assert raised | magic == set(RULES)


def test_the_report_counts_every_row_once() -> None:
    assert {quirk.kind for quirk in QUIRKS.values() if not quirk.numbers} == {"assumed"}
    counts = [int(line.split()[1]) for line in report().splitlines()[:5]]
    assert sum(counts[:4]) == counts[4] == len(behaviours())
    assert "recorded" not in report("assumed")
    assert report() in (PROJECT / "docs/mockserver.md").read_text("utf-8"), "print it again"
