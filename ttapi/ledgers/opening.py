"""Opens the ledger that TTAPI_LEDGER names, or another one by its address."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ttapi.endpoints import LIMITS
from ttapi.errors import LedgerUnavailable
from ttapi.ledgers.addresses import LEDGER, is_file, is_postgres
from ttapi.ledgers.base import AnyLedger
from ttapi.ledgers.sqlite import Ledger

if TYPE_CHECKING:
    from ttapi.ledgers.leases import Lease


def open_ledger(
    address: Path | str = "", *, limits: Mapping[str, int] = LIMITS, use: float = 1.0, patience: float = 30.0
) -> AnyLedger:
    """Open a quota ledger: a SQLite file for one machine, or a PostgreSQL database for several.

    address: a path, or postgresql://…; by default what TTAPI_LEDGER names, or else a file in the user's state folder.
    The rest is explained at `AnyLedger`. Raises ValueError if `use` is out of range, and LedgerUnavailable for another
    kind of address, a file on a network file system, or PostgreSQL without its library; nothing was sent then.
    """
    address = address or os.environ.get(LEDGER) or Ledger.default_path()
    if is_file(address):
        return Ledger(address, limits=limits, use=use, patience=patience)
    if not is_postgres(address):
        raise LedgerUnavailable(
            f"{LEDGER} names neither a file nor a PostgreSQL database",
            advice="Nothing was sent. Set it to a path, or to an address such as postgresql://USER@HOST/DATABASE.",
        )
    _require_driver()
    from ttapi.ledgers.postgres import PostgresLedger

    return PostgresLedger(str(address), limits=limits, use=use, patience=patience)


def ledger_is_shared() -> bool:
    """Return whether TTAPI_LEDGER names a ledger that several hosts can share."""
    return is_postgres(os.environ.get(LEDGER, ""))


def open_lease(name: str) -> "Lease | None":
    """Return a lease in the ledger that TTAPI_LEDGER names; None if that is not shared by hosts.

    name: what the lease is about, the same on all hosts. It is not taken yet. Raises as open_ledger does.
    """
    if not ledger_is_shared():
        return None
    _require_driver()
    from ttapi.ledgers.leases import Lease

    return Lease(os.environ[LEDGER], name)


def _require_driver() -> None:
    """Raise LedgerUnavailable if the library that talks to PostgreSQL is not installed, or cannot be loaded."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise LedgerUnavailable(
            'A quota ledger in PostgreSQL needs psycopg: pip install "ttdata[postgres]"', advice="Nothing was sent."
        ) from error
