"""The ledger in a PostgreSQL database, shared by all hosts that use one client key."""

import re
from collections.abc import Mapping

from tenacity import Retrying, retry_if_exception, stop_after_attempt

from ttapi.endpoints import LIMITS
from ttapi.errors import LedgerUnavailable
from ttapi.ledgers.base import CLAIM, REFUSE_EARLY, AnyLedger, Statement, parameters
from ttapi.ledgers.database import Database

# In a transaction of its own statement: a lock that is waited for in the statement that counts would be too late, since
# a statement does not see what is committed after it began.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%(scope)s || '|' || %(bucket)s || '|' || %(day)s, 0))"

_VALUE = re.compile(r":(\w+)")

# If their outcome is unknown, it stays so: each execution counts. Any other statement can be repeated.
_ONCE = (CLAIM, REFUSE_EARLY)


class PostgresLedger(AnyLedger):
    """The ledger of several hosts. address: postgresql://…; the rest and the methods are those of AnyLedger.

    patience: seconds for a connection, and again for a transaction. Raises LedgerUnavailable for an address that libpq
    does not read. Neither its messages nor its repr show the user or the password.
    """

    is_shared_by_hosts = True

    def __init__(
        self, address: str, *, limits: Mapping[str, int] = LIMITS, use: float = 1.0, patience: float = 30.0
    ) -> None:
        super().__init__(limits, use=use, patience=patience)
        self._database = Database(address, patience)

    def close(self) -> None:
        self._database.close()

    def __repr__(self) -> str:
        return f"PostgresLedger({self._database.name!r})"

    def _execute(self, statement: Statement, *, cost: str = "", **values: object) -> int | None:
        attempts = stop_after_attempt(1 if statement in _ONCE else 2)
        retrying = Retrying(retry=retry_if_exception(self._is_lost), stop=attempts, reraise=True)
        return retrying(self._execute_once, statement, cost, parameters(values))

    def _execute_once(self, statement: Statement, cost: str, bound: dict[str, object]) -> int | None:
        with self._database.transaction(cost) as db:
            if statement is CLAIM:
                db.execute(_LOCK, bound)
            result = db.execute(_VALUE.sub(r"%(\1)s", statement), bound)
            row = result.fetchone() if result.description else None
        return int(str(row[0])) if row else None

    def _is_lost(self, error: BaseException) -> bool:
        return isinstance(error, LedgerUnavailable) and self._database.was_lost
