"""What every ledger does, whatever database it is in."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from tests.postgres import Postgres
from ttapi import AnyLedger, LedgerUnavailable, open_ledger

DAY, NEXT = date(2026, 6, 1), date(2026, 6, 2)
Open = Callable[[], AnyLedger]


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens one and the same ledger again and again, with a limit of two requests and one."""
    address = str(tmp_path / "quota.sqlite")
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        address = postgres.address(database=postgres.new_database(f"of_{abs(hash(tmp_path))}"))
    ledgers: list[AnyLedger] = []

    def open_one() -> AnyLedger:
        ledgers.append(open_ledger(address, limits={"general": 2, "follow": 1}))
        return ledgers[-1]

    yield open_one
    for ledger in ledgers:
        ledger.close()


def claim(ledger: AnyLedger, scope: str = "me", bucket: str = "general", day: date = DAY) -> int | None:
    return ledger.claim(scope, bucket, day, "user.info")


def test_claims_succeed_up_to_the_limit_per_scope_bucket_and_day(opened: Open) -> None:
    ledger = opened()
    assert [claim(ledger) is not None for _ in range(3)] == [True, True, False]
    assert claim(ledger, bucket="follow") is not None
    assert claim(ledger, bucket="follow") is None
    assert claim(ledger, scope="other's: 100%") is not None
    assert claim(ledger, day=NEXT) is not None
    assert (ledger.spent("me", "general", DAY), ledger.left("me", "general", DAY)) == (2, 0)
    assert opened().left("me", "general", NEXT) == 1


def test_a_claim_is_moved_to_the_day_and_scope_of_its_answer(opened: Open) -> None:
    ledger = opened()
    first, second = claim(ledger), claim(ledger)
    assert first is not None
    assert second is not None
    assert first != second
    ledger.move(first, "you", NEXT)
    assert [ledger.spent(scope, "general", day) for scope in ("me", "you") for day in (DAY, NEXT)] == [1, 0, 0, 1]


def test_a_released_claim_may_be_made_again(opened: Open) -> None:
    ledger = opened()
    claim(ledger)
    last = claim(ledger)
    assert last is not None
    ledger.release(last)
    ledger.release(last)
    assert claim(ledger) is not None
    assert claim(ledger) is None


def test_a_day_that_the_api_calls_spent_is_over_for_everybody(opened: Open) -> None:
    ledger, other = opened(), opened()
    for _ in range(2):
        ledger.mark_exhausted("me", "general", DAY)
    assert claim(other) is None
    assert other.left("me", "general", DAY) == 0
    assert claim(other, bucket="follow") is not None


def test_early_refusals_are_counted_together_until_the_reset_is_confirmed(opened: Open) -> None:
    first, second = opened(), opened()
    counts = [ledger.count_early_refusal("me", "general", DAY) for ledger in (first, second, first)]
    assert counts == [1, 2, 3]
    second.confirm_reset("me", "general", DAY)
    assert first.count_early_refusal("me", "general", DAY) > 1000
    assert first.count_early_refusal("me", "general", NEXT) == 1
    first.confirm_reset("me", "follow", DAY)
    assert second.count_early_refusal("me", "follow", DAY) > 1000


def test_threads_share_a_ledger(opened: Open) -> None:
    ledger = opened()
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda _: claim(ledger), range(8)))
    assert sum(each is not None for each in claims) == 2


FREE = "Nothing was sent. "
IN_A_FILE = (
    "Free some disk space, end the program that locks the file, move it to another folder if it is damaged, or set "
    "TTAPI_LEDGER to another file."
)
IN_A_DATABASE = (
    "Check that the database is running, that this host reaches it, and that its user and password are right "
    "(docs/several-hosts.md). Then run the same command again."
)


@pytest.mark.parametrize(("address", "advice"), [("/", IN_A_FILE), ("postgresql://127.0.0.1:1/ledger", IN_A_DATABASE)])
@pytest.mark.parametrize(
    ("use", "cost"),
    [
        (lambda ledger: ledger.spent("me", "general", DAY), FREE),
        (lambda ledger: ledger.claim("me", "general", DAY, "user.info"), FREE),
        (lambda ledger: ledger.left("me", "general", DAY), ""),
        (lambda ledger: ledger.move(1, "me", DAY), ""),
        (lambda ledger: ledger.release(1), ""),
        (lambda ledger: ledger.mark_exhausted("me", "general", DAY), ""),
        (lambda ledger: ledger.count_early_refusal("me", "general", DAY), ""),
        (lambda ledger: ledger.confirm_reset("me", "general", DAY), ""),
    ],
)
def test_a_ledger_that_cannot_be_used_says_what_that_cost(
    address: str, advice: str, use: Callable[[AnyLedger], object], cost: str
) -> None:
    with pytest.raises(LedgerUnavailable) as caught:
        use(open_ledger(address, patience=0.01))
    assert caught.value.advice == cost + advice


def test_a_closed_ledger_is_opened_again(opened: Open) -> None:
    ledger = opened()
    claim(ledger)
    ledger.close()
    assert ledger.spent("me", "general", DAY) == 1
