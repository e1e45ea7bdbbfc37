"""Stops of a build: their messages and how long they last."""

from datetime import UTC, datetime
from pathlib import Path

from ttapi import QuotaExhausted
from ttdata.store.stops import Stop


def stop(spent: int) -> Stop:
    now = datetime(2026, 6, 1, 18, 48, tzinfo=UTC)
    return Stop.of(QuotaExhausted(bucket="general", spent=spent, limit=1000, now=now))


def test_the_message_of_a_stop_says_what_was_sent_what_is_left_and_when_to_continue() -> None:
    assert stop(1000).message(12, 40, 1830, bundled=False) == (
        "Quota spent: 1,000 of 1,000 requests today. 12 of 40 parts are complete, nothing is lost; "
        "at least 1,830 requests remain to be sent. Run the same command again after 00:00 UTC (in 5 h 12 min)."
    )


def test_a_stop_that_colleagues_caused_has_another_message() -> None:
    assert "TikTok allows no more requests today (41 were sent from here)" in stop(41).message(1, 2, 3, bundled=False)


def test_a_stop_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert Stop.read(tmp_path / "stopped.json") is None
    (tmp_path / "stopped.json").write_text("{")
    assert Stop.read(tmp_path / "stopped.json") is None
    stop(7).write(tmp_path / "stopped.json")
    assert Stop.read(tmp_path / "stopped.json") == stop(7)


def test_an_api_that_is_down_is_tried_again_in_an_hour() -> None:
    down = Stop.down(datetime(2026, 6, 1, 12, tzinfo=UTC), "TikTok's API is down")
    assert down.seconds == 3600
    assert down.message(1, 2, 3, bundled=True).endswith("Run the same command again in 1 h 00 min.")
