"""How a build names itself to a mock server."""

from ttdata.api.mock_key import host, mock_key


def test_settings_of_the_environment_go_before_those_of_the_study() -> None:
    environment = {"TIKTOK_CLIENT_KEY": "mock:seed=2,quota=40"}
    assert mock_key("videos=1e6,seed=7", environment) == "mock:videos=1e6,seed=2,quota=40"
    assert mock_key("", {}) == "mock"


def test_a_real_client_key_is_never_shown_to_a_mock_server() -> None:
    assert mock_key("seed=7", {"TIKTOK_CLIENT_KEY": "aw1234567890"}) == "mock:seed=7"


def test_pages_of_different_worlds_lie_apart_and_those_of_one_world_together() -> None:
    assert host("mock", "seed=7", {}) == "mock,seed=7"
    assert host("mock", "", {"TIKTOK_CLIENT_KEY": "mock:seed=7,quota=3"}) == "mock,seed=7"
    assert host("mock", "", {}) == "mock"


def test_asking_the_same_world_at_another_time_does_not_move_its_pages() -> None:
    assert host("mock", "now=2026-06-15T08:00Z,seed=7", {}) == host("mock", "seed=7", {})
