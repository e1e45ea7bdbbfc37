"""What `mockserver` exports, and which packages an import of it loads."""

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
