"""The names of errors in stored answers: renaming a class must not change them."""

import gc

import pytest

from ttapi import NoAnswer, ServerError, TikTokError, error_class, stored_name
from ttapi.error_names import STORED_NAMES

# Raw files of earlier builds hold these texts. Add to them; never change or remove one.
NAMES = {
    "TikTokError",
    "CredentialsMissing",
    "UntrustedHost",
    "CredentialsRefused",
    "AccessTokenInvalid",
    "ScopeNotAuthorized",
    "ScopePermissionMissed",
    "InvalidParams",
    "SearchExpired",
    "InvalidCursor",
    "ItemRefused",
    "UserNotFound",
    "UserPrivate",
    "UserNotAvailable",
    "CommentsNotDisclosed",
    "ListNotPublic",
    "ItemNotFound",
    "InvalidFileUpload",
    "RateLimited",
    "QuotaExhausted",
    "ServerError",
    "SplitWindow",
    "BadAnswer",
    "PagingStuck",
    "NoAnswer",
    "LedgerUnavailable",
}


def classes():
    every = [TikTokError]
    for kind in every:
        every += [child for child in kind.__subclasses__() if child.__module__.startswith("ttapi.")]
    return set(every)


def test_the_stored_names_are_those_of_earlier_builds():
    assert set(STORED_NAMES) == NAMES


def test_every_error_class_is_stored_under_one_name():
    assert set(STORED_NAMES.values()) == classes()
    assert len(STORED_NAMES) == len(classes())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_stored_name_leads_to_its_class_and_back(name):
    kind = error_class(name)
    assert kind is STORED_NAMES[name]
    assert stored_name(kind.__new__(kind)) == name


def test_an_unknown_name_has_no_class():
    assert error_class("Wald") is None


def test_a_custom_subclass_is_stored_under_the_name_of_its_base():
    own = type("Own", (ServerError,), {})
    assert stored_name(own("It failed")) == "ServerError"
    del own
    gc.collect()  # other tests list the subclasses of TikTokError


def test_a_renamed_class_keeps_its_stored_name():
    NoAnswer.__name__ = "NoResponse"
    try:
        assert stored_name(NoAnswer("It failed")) == "NoAnswer"
        assert error_class("NoAnswer") is NoAnswer
    finally:
        NoAnswer.__name__ = "NoAnswer"
