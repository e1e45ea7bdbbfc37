"""Account names replaced by pseudonyms: HMAC-SHA256 of the name with a secret key, so that equal names stay equal.

Without the key nobody can compute the pseudonym of a name, or test a guess. The same key gives the same pseudonyms in
every export. What names an account in another way, such as its picture, is left out.
"""

import os
from collections.abc import Mapping

import duckdb

from ttdata.errors import Fault
from ttdata.tables.declared import quoted

KEY = "TTDATA_PSEUDONYM_KEY"
_MENTION = r"@[\w.]*\w"
_MINIMUM, _BLOCK, _DIGITS = 16, 64, 20

# Columns with the name of an account or of a coder, whatever table they are in.
NAMES = ("username", "followed", "follower", "posted_by", "mention", "listed", "coder")
NAME_LISTS = ("video_mention_list",)
# Texts in which names are mentioned as @name.
TEXTS = ("video_description", "text", "voice_to_text", "review_text", "bio_description")
# Columns that show who an account is, or that contain names in a form of their own.
LEFT_OUT = {
    "": ("display_name", "bio_description", "bio_url", "avatar_url", "searched"),
    "study": ("declared",),
    "requests": ("request", "item", "message"),
    "slices": ("evidence", "cut", "waived"),
    "slices_cut": ("item",),
    "oddities": ("value",),
    "list_entries": ("entry", "used_as", "reason"),
    "removed": ("name",),
    "seen": ("id",),
    "terms": ("term",),
    "video_terms": ("term",),
}


class Pseudonyms:
    """Replaces names with the key in the environment. Raises Fault if there is none, or it is too short."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        key = environment.get(KEY, "")
        if len(key) < _MINIMUM:
            raise Fault(
                f"--pseudonyms needs a secret key of at least {_MINIMUM} characters in {KEY}. Make one, and keep it "
                f'outside the export: export {KEY}="$(openssl rand -hex 32)"'
            )
        self._key = key.encode()

    def prepare(self, con: duckdb.DuckDBPyConnection) -> None:
        """Define the SQL macros of a connection."""
        key = self._key if len(self._key) <= _BLOCK else _sha256(self._key)
        inner, outer = (bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0")).hex() for pad in (0x36, 0x5C))
        con.execute(
            "CREATE TEMP MACRO pseudonym(name) AS CASE WHEN name IS NULL THEN NULL ELSE 'p_' || left(sha256("
            f"unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode(lower(ltrim(name, '@')))))), {_DIGITS}) END"
        )
        con.execute(
            "CREATE TEMP MACRO without_names(text) AS CASE WHEN text IS NULL THEN NULL ELSE list_reduce("
            f"list_transform(list_zip(regexp_split_to_array(text, '{_MENTION}'), "
            f"regexp_extract_all(text, '{_MENTION}')), "
            "lambda pair: pair[1] || coalesce('@' || pseudonym(pair[2]), '')), lambda so_far, part: so_far || part) END"
        )

    def of_column(self, table: str, column: str, kind: str) -> str | None:
        """The expression that replaces a column; None if it stays as it is."""
        name = quoted(column)
        if column in LEFT_OUT[""] or column in LEFT_OUT.get(table, ()):
            return f"NULL::{kind}"
        if column in NAMES:
            return f"pseudonym({name})"
        if column in NAME_LISTS:
            return f"list_transform({name}, lambda each: pseudonym(each))"
        return f"without_names({name})" if column in TEXTS else None


def _sha256(key: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(key).digest()
