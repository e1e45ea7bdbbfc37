"""Accounts that exist in every world and always have the same answer."""

from collections.abc import Mapping

# The rule by which the API refuses to show each of them, or its hidden lists only.
MAGIC: Mapping[str, str] = {
    "mock_private": "user-private",
    "mock_missing": "user-missing",
    "mock_refused": "user-refused",
    "mock_minor": "user-refused",
    "mock_canada": "user-refused",
    "mock_hidden": "list-hidden",
}
EMPTY = "mock_empty"  # an account with no videos and empty lists
