"""What `mockserver` exports, and which packages an import of it loads."""

import inspect
import subprocess
import sys

import pytest

import mockserver

HEAVY = ("aiohttp", "cryptography", "httpx", "numpy", "requests", "responses")


def loaded(code: str) -> set[str]:
    """Which of the heavy packages are loaded after some code has run in a new process."""
    report = f"import sys\n{code}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    outcome = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(outcome.stdout.split())


def test_every_public_name_exists_and_no_other_does() -> None:
    assert all(getattr(mockserver, name) for name in mockserver.__all__)
    assert set(mockserver.__all__) <= set(dir(mockserver))
    with pytest.raises(AttributeError, match="Client"):
        mockserver.Client  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded("from mockserver import VERSION") == set()
    assert loaded("import mockserver.pytest_plugin") == set()


@pytest.mark.parametrize(
    ("code", "packages"),
    [
        ("from mockserver import Core, Request, Response", {"numpy"}),
        ("from mockserver.core import Core", {"numpy"}),
        ("from mockserver import application", {"numpy"}),
        ("from mockserver import Transport", {"numpy", "httpx"}),
        ("from mockserver import InProcess", {"numpy", "requests", "responses"}),
        ("from mockserver import InThread", {"numpy", "aiohttp"}),
        ("from mockserver.adapters.authority import Authority", {"cryptography"}),
    ],
)
def test_a_name_loads_only_the_library_that_its_adapter_is_for(code: str, packages: set[str]) -> None:
    assert loaded(code) == packages


# What callers rely on. A change here breaks their code: deprecate instead (CONTRIBUTING.md).
SIGNATURES = {
    "Core": "*, defaults, rows, admin_token, monotonic",
    "Core.handle": "self, request",
    "InProcess": "core",
    "InThread": "core, *, tls_port, **limits",
    "Mock.assert_all_faults_happened": "self",
    "Mock.fail": "self, action, times, endpoint",
    "Mock.move_clock": "self, to",
    "Mock.play": "self, scenario",
    "Mock.report": "self",
    "Mock.reset": "self",
    "Mock.set_rows": "self, rows",
    "Mock.sleep": "self, seconds",
    "Mock.switch_on": "self, *quirks",
    "Mock.virtual_sleep": "self",
    "Request": "method, path, query, headers, body",
    "Response": "status, body, headers, fault, delay",
    "Transport": "core",
    "application": "core",
    "travel": "to",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_parameters_of_a_public_name_stay_the_same(name: str) -> None:
    value: object = mockserver
    for part in name.split("."):
        value = getattr(value, part)
    assert callable(value)
    parameters = [
        each.replace(default=each.empty, annotation=each.empty) for each in inspect.signature(value).parameters.values()
    ]
    assert str(inspect.Signature(parameters))[1:-1] == SIGNATURES[name]


def test_every_public_function_of_a_mock_is_in_the_list() -> None:
    public = {f"Mock.{name}" for name, value in vars(mockserver.Mock).items() if name[0] != "_" and callable(value)}
    assert public == {name for name in SIGNATURES if name.startswith("Mock.")}
    documented = {name for name in mockserver.__all__ if callable(getattr(mockserver, name))}
    assert documented - {"Mock"} <= set(SIGNATURES)
