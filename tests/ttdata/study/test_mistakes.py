"""Typical mistakes in studies: each message names the key, the form that is expected, and an example to copy."""

import re
import textwrap
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import PROJECT, ttdata
from ttdata.errors import StudyFault
from ttdata.study.study import Study

TODAY = date(2026, 11, 1)
MISTAKES: list[dict[str, Any]] = yaml.safe_load((PROJECT / "tests/data/mistakes.yaml").read_text("utf-8"))
JARGON = re.compile(
    r"<class|Traceback|NoneType|schema|mapping|is not of type|\b(None(?! of)|True|str|dict|int|float|bool|null)\b"
)
VIDEOS = "where: {any: [{hashtag_name: klima}]}\nduring: [2025-01-01, 2025-01-31]\n"


def study_of(mistake: dict[str, Any]) -> str:
    """The text of the study with the mistake."""
    if "study" in mistake:
        return str(mistake["study"])
    videos = mistake.get("videos", VIDEOS)
    if "condition" in mistake:
        videos = f"where:\n  any:\n    - {mistake['condition']}\nduring: [2025-01-01, 2025-01-31]\n"
    dataset = mistake.get("dataset", "") + "videos:\n" + textwrap.indent(videos, "  ")
    return f"study: climate\n{mistake.get('top', '')}datasets:\n  climate:\n" + textwrap.indent(dataset, "    ")


def write(mistake: dict[str, Any], folder: Path) -> Path:
    """Write the study and its files into a folder."""
    encoding = mistake.get("encoding", "utf-8")
    for name, text in mistake.get("files", {}).items():
        (folder / name).write_bytes(text.encode(encoding))
    study = folder / "config.yaml"
    study.write_bytes(study_of(mistake).encode(encoding))
    return study


@pytest.mark.parametrize("mistake", MISTAKES, ids=[each["name"] for each in MISTAKES])
def test_the_message_names_the_key_the_form_and_an_example(mistake: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(StudyFault) as fault:
        Study.read(write(mistake, tmp_path), today=TODAY)
    said = " ".join(str(fault.value).split())
    for fragment in mistake["says"]:
        assert " ".join(fragment.split()) in said
    assert not JARGON.search(said), said


def test_each_mistake_is_another() -> None:
    assert (
        len({each["name"] for each in MISTAKES})
        == len({(study_of(each), str(each.get("files"))) for each in MISTAKES})
        == len(MISTAKES)
    )
    assert len(MISTAKES) >= 100


def test_the_command_prints_the_example_on_a_line_of_its_own(tmp_path: Path) -> None:
    (mistake,) = (each for each in MISTAKES if each["name"] == "a number as top")
    outcome = ttdata("plan", write(mistake, tmp_path))
    assert outcome.status == 1
    assert "\n      top: {by: view_count, k: 25}\n" in outcome.said
