"""What TTAPI_LEDGER names: a file, or a database whose address may hold a password and is never shown."""

import re
from pathlib import Path

LEDGER = "TTAPI_LEDGER"
"""The variable that names the ledger."""
SEVERAL_HOSTS = "set TTAPI_LEDGER=postgresql://… on each of them (docs/several-hosts.md)"

# A Path has lost one of the slashes.
_URL = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]+):/")
# libpq's other form, which would be a strange name of a file.
_KEYWORDS = re.compile(r"(^|\s)(host|hostaddr|dbname|service|user)\s*=")


def is_file(address: Path | str) -> bool:
    """Whether an address is a path, and not that of a database."""
    return not (_URL.match(str(address)) or _KEYWORDS.search(str(address)))


def is_postgres(address: Path | str) -> bool:
    """Whether an address is that of a PostgreSQL database, in libpq's form."""
    url = _URL.match(str(address))
    return bool(url and url["scheme"] in ("postgresql", "postgres"))
