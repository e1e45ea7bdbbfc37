"""Accounts: TikTok has no compliance task for them, so each is requested once by its name.

A profile that is not found may have been renamed or made private: it is a miss, not yet a deletion.
"""

from collections.abc import Sequence
from pathlib import Path

from ttapi import Client, InvalidParams, ItemRefused, TikTokError
from ttdata.answers.items import ItemAnswers
from ttdata.api.client import Connect
from ttdata.collect.job import TRIES, BudgetSpent, Job, concerns_one_request
from ttdata.errors import Unfinished
from ttdata.plan.plan import Plan
from ttdata.source_kinds import KINDS
from ttdata.store.raw_files import RawFile
from ttdata.text import count

# As little of a profile as can be requested.
_FIELDS = ("is_verified",)


def check_accounts(plan: Plan, path: Path, names: Sequence[str], connect: Connect) -> dict[str, str | None]:
    """For each account why TikTok no longer discloses it, such as UserNotFound; None if it does.

    path: the raw file. Raises Unfinished if requests keep failing, and what collecting raises; the same call continues.
    """
    kind = KINDS["users"]
    with RawFile(path) as raw:
        answers = ItemAnswers(raw.lines, kind, None)
        if not all(name in answers for name in names):
            job = Job(plan, raw, connect)
            try:
                client = job.start()
                for name in [name for _ in range(TRIES) for name in names]:
                    if name not in answers:
                        _request(client, job, name, answers)
            except BudgetSpent:
                pass
        if left := sum(name not in answers for name in names):
            raise Unfinished(
                f"{count(left, 'account')} of {len(names):,} could not be checked, since their requests kept failing. "
                "All answers are kept, and nothing is recorded as gone. Run the same command again later."
            )
        return {name: answers.refused(name) for name in names}


def _request(client: Client, job: Job, name: str, answers: ItemAnswers) -> None:
    job.check()
    try:
        client.call(KINDS["users"].endpoint, {"username": name}, fields=_FIELDS)
    except ItemRefused:
        pass
    except TikTokError as error:
        # A wrong name concerns itself alone; the failure budget ends it if all requests are wrong.
        if not concerns_one_request(error) and not isinstance(error, InvalidParams):
            raise
    finally:
        answers.read(job.raw.lines)
