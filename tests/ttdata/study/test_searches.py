"""Forms of searches: every example in docs/searches.md can be planned."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support import PROJECT
from tests.ttdata.with_mock import plan_of

PAGE = (PROJECT / "docs/searches.md").read_text()
EXAMPLES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_of_the_page_can_be_planned(example: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "donated.csv").write_text("video_id,seen_in\n7302470379501604128,friends\n")
    (tmp_path / "phases.csv").write_text(re.findall(r"```\n(field,.*?)```", PAGE, re.DOTALL)[0])
    videos = example["videos"]
    if isinstance(videos, dict) and videos.get("of") == "ids":
        example = {"ids": {"file": "donated.csv"}} | example
    assert plan_of(example, tmp_path).slices
