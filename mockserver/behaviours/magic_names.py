"""Accounts that are there in every world and always answer in one way."""

from collections.abc import Mapping

# Names that always answer in one way, in every world.
MAGIC: Mapping[str, str] = {
    "mock_private": "user-private",
    "mock_missing": "user-missing",
    "mock_refused": "user-refused",
    "mock_minor": "user-refused",
    "mock_canada": "user-refused",
    "mock_hidden": "list-hidden",
}
EMPTY = "mock_empty"  # an account that is there and has nothing
