"""Events of all jobs, which show whether the API is down."""

from pathlib import Path

from ttdata.store import events
from ttdata.store.events import Event


def test_slices_that_failed_while_others_were_answered_do_not_show_that_the_api_is_down(tmp_path: Path) -> None:
    path = tmp_path / "events"
    for kind, raw in [("down", "a"), ("down", "b"), ("page", "c"), *[("down", "a"), ("down", "b")] * 20]:
        events.append(Event(kind, 0, raw), path)
    assert not events.is_down(10, path)
    for raw in ["d", "e"] * 5:
        assert not events.is_down(10, path)
        events.append(Event("down", 0, raw), path)
    assert events.is_down(10, path)


def test_only_the_last_events_of_a_long_build_are_read(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text("page\t100\traw/mock/videos/0123456789abcdef.ndjson.zst\n" * 5000)
    for raw in ["d", "e"] * 5:
        events.append(Event("down", 0, raw), path)
    assert events.is_down(10, path)
