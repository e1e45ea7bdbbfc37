"""`ttdata wait`: waits until the reason of a stop is over."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support import FOLDER, small_study
from ttapi import QuotaExhausted
from ttdata.cli.main import main
from ttdata.plan.plan import Plan
from ttdata.store.stops import Stop
from ttdata.study.study import Study

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SPENT = Stop.of(QuotaExhausted(bucket="general", spent=5, limit=5, now=NOON))
REAL = "https://open.tiktokapis.com"


@pytest.mark.parametrize(
    ("stop", "base_url", "hours"),
    [
        (SPENT, REAL, 12),
        (SPENT, "mock", None),  # the bundled server begins every build with a new day
        (Stop.down(NOON, "TikTok's API is down"), REAL, 1),
        (Stop.down(NOON, "TikTok's API is down"), "mock", 1),
        (Stop("fault"), REAL, None),
        (None, REAL, None),
    ],
)
def test_it_waits_until_a_minute_after_the_end_of_the_stop(
    stop: Stop | None, base_url: str, hours: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Plan.of(Study.check(small_study(api={"base_url": base_url}), today=date(2026, 11, 1))).write(FOLDER.plan)
    if stop:
        stop.write(FOLDER.stop)
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    outcome = CliRunner().invoke(main, ["wait"])
    assert outcome.exit_code == 0, outcome.output
    assert [round(seconds / 3600, 1) for seconds in waits] == ([] if hours is None else [hours])
    if hours is not None:
        assert waits[0] > hours * 3600
        assert f"Waiting {hours}.0 h for" in outcome.output
