"""The client key for a mock server, and the folder name of its pages."""

from ttdata.api.mock_key import host, mock_key


def test_settings_of_the_environment_override_those_of_the_study() -> None:
    environment = {"TIKTOK_CLIENT_KEY": "mock:seed=2,quota=40"}
    assert mock_key("videos=1e6,seed=7", environment) == "mock:videos=1e6,seed=2,quota=40"
    assert mock_key("", {}) == "mock"


def test_a_real_client_key_is_never_sent_to_a_mock_server() -> None:
    assert mock_key("seed=7", {"TIKTOK_CLIENT_KEY": "aw1234567890"}) == "mock:seed=7"


def test_pages_of_different_worlds_have_different_folders_and_those_of_one_world_share_one() -> None:
    assert host("mock", "seed=7", {}) == "mock,seed=7"
    assert host("mock", "", {"TIKTOK_CLIENT_KEY": "mock:seed=7,quota=3"}) == "mock,seed=7"
    assert host("mock", "", {}) == "mock"


def test_the_time_of_a_world_does_not_change_the_folder_of_its_pages() -> None:
    assert host("mock", "now=2026-06-15T08:00Z,seed=7", {}) == host("mock", "seed=7", {})
