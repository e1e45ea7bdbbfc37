"""docs/completion.md: the shells and variables that it names complete the commands of this project."""

import re
import sys
from pathlib import Path

import pytest

from tests.support import PROJECT, command

pytestmark = pytest.mark.slow

PAGE = (PROJECT / "docs" / "completion.md").read_text()
SCRIPTS = {"_TTDATA_COMPLETE": "ttdata", "_TTAPI_COMPLETE": "ttapi", "_TIKTOK_MOCK_COMPLETE": "tiktok-mock"}


def run(script: str, **environment: str) -> str:
    outcome = command(str(Path(sys.executable).parent / script), directory=None, **environment)
    assert outcome.status == 0, outcome.said
    return outcome.said


def test_the_page_names_a_variable_for_each_command() -> None:
    assert set(re.findall(r"_[A-Z_]+_COMPLETE", PAGE)) == SCRIPTS.keys()


@pytest.mark.parametrize("shell", re.findall(r"_TTDATA_COMPLETE=(\w+)_source ttdata", PAGE))
@pytest.mark.parametrize(("variable", "script"), SCRIPTS.items())
def test_a_command_prints_its_completion_for_the_shells_of_the_page(shell: str, variable: str, script: str) -> None:
    assert f"{variable}={shell}_complete" in run(script, **{variable: f"{shell}_source"})


@pytest.mark.parametrize(
    ("variable", "words", "completed"),
    [
        ("_TTDATA_COMPLETE", "ttdata sta", "status"),
        ("_TTDATA_COMPLETE", "ttdata plan --js", "--json"),
        ("_TTAPI_COMPLETE", "ttapi vid", "videos"),
        ("_TIKTOK_MOCK_COMPLETE", "tiktok-mock doc", "doctor"),
    ],
)
def test_commands_and_options_are_completed(variable: str, words: str, completed: str) -> None:
    last = str(len(words.split()) - 1)
    said = run(SCRIPTS[variable], COMP_WORDS=words, COMP_CWORD=last, **{variable: "bash_complete"})
    assert said.split() == [f"plain,{completed}"]
