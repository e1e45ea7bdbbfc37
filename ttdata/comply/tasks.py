"""Compliance tasks: ids go in, the ids that are still available come out; each id is submitted once.

All tasks are created first, then polled in turn, each less and less often. What is known of a task is in the raw file
of the refresh: a task that was created there is polled again, and never created twice. Only a task that failed, that
the API no longer knows, or whose result cannot be true is created anew, a few times at most.

Source: batch-compliance-apis.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ttapi import Answer, Client, InvalidParams, TikTokError
from ttapi.answer import as_int
from ttdata.answers import verdicts
from ttdata.api.client import Connect
from ttdata.collect.job import BudgetSpent, Job, concerns_one_request
from ttdata.comply.subjects import IN_TASKS, NOUNS, Category
from ttdata.errors import NotYet, Unfinished
from ttdata.plan.plan import Plan
from ttdata.store.raw_files import Line, RawFile, stored_answers
from ttdata.store.receipts import FEW
from ttdata.text import count

CREATE, STATUS, DOWNLOAD = "compliance.create", "compliance.status", "compliance.download"
# Seconds before each poll. TikTok does not say how long a task takes; in half an hour eleven polls are sent at most.
WAITS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0, 300.0, 300.0)
# How often the tasks of the same ids are created at most.
_TRIES = 3

Sleep = Callable[[float], None]


class Batch(NamedTuple):
    """The ids of one task, in the order in which they are submitted."""

    category: Category
    ids: tuple[str, ...]

    @property
    def file(self) -> str:
        """The file that is uploaded."""
        return "".join(f"{each}\n" for each in self.ids)


def batches(ids: Mapping[Category, Sequence[str]], size: int) -> list[Batch]:
    """The ids of the categories that tasks take, in batches of at most `size`."""
    return [
        Batch(category, tuple(ids[category][start : start + size]))
        for category in IN_TASKS
        for start in range(0, len(ids[category]), size)
    ]


@dataclass
class Task:
    """What the stored answers show about one batch.

    created: how many tasks were created for it; number: the task_id of the last one, None if it is of no use.
    available: the ids of its result; None until there is one that can be true.
    """

    batch: Batch
    created: int = 0
    number: int | None = None
    is_completed: bool = False
    available: frozenset[str] | None = None
    doubts: int = 0

    def submitted(self, number: int | None) -> None:
        self.created, self.number, self.is_completed = self.created + 1, number, False

    def discard(self) -> None:
        """The API does not know the task any more, or failed at it."""
        self.number, self.is_completed = None, False

    def read(self, ids: Sequence[str]) -> None:
        """Take a result, unless it cannot be true. One of another task would make everything look deleted.

        That nothing at all is left is believed if a second task says so.
        """
        result = frozenset(ids)
        is_foreign = not result <= set(self.batch.ids)
        if is_foreign or (not result and len(self.batch.ids) >= FEW and not self.doubts):
            self.doubts += not is_foreign
            self.discard()
        else:
            self.available = result


class Tasks:
    """The tasks of a refresh, by the answers of a raw file; `note` takes further ones."""

    def __init__(self, some: Sequence[Batch]) -> None:
        self.all = [Task(batch) for batch in some]
        self._of_file = {(task.batch.category, task.batch.file): task for task in self.all}
        self._of_number: dict[int, Task] = {}

    @classmethod
    def stored(cls, some: Sequence[Batch], raw: RawFile) -> "Tasks":
        tasks = cls(some)
        for line, body in stored_answers(raw.path):
            tasks.note(line, body.split() if isinstance(body, str) else body.get("data"))
        return tasks

    def note(self, line: Line, data: Any) -> None:
        """Take an answer into account. data: of a download the ids, of any other answer its `data`."""
        if line.endpoint == CREATE:
            task = self._of_file[line.request["category"], line.request["file_data"]]
            if line.good:
                task.submitted(number := as_int(data["task_id"]))
                self._of_number[number or 0] = task
            return
        task = self._of_number[line.request["task_id"]]
        if line.good and line.endpoint == STATUS:
            task.is_completed = data["task_status"] == "Completed"
            if data["task_status"] == "Failed":
                task.discard()
        elif line.good:
            task.read([str(int(each)) for each in data])
        elif line.error == InvalidParams.__name__:
            task.discard()

    @property
    def waiting(self) -> list[Task]:
        return [task for task in self.all if task.available is None]


class _TaskJob(Job):
    """A job that also tells its tasks about each answer."""

    def __init__(self, plan: Plan, raw: RawFile, connect: Connect, tasks: Tasks) -> None:
        super().__init__(plan, raw, connect)
        self._tasks = tasks

    def store(self, answer: Answer) -> None:
        before = len(self.raw.lines)
        try:
            super().store(answer)
        finally:
            for line in self.raw.lines[before:]:
                self._tasks.note(line, answer.data.get("ids") if answer.endpoint == DOWNLOAD else answer.data)


def check_in_tasks(plan: Plan, path: Path, some: Sequence[Batch], connect: Connect, sleep: Sleep) -> list[Task]:
    """Learn which ids of all batches are available. Returns the tasks, all with a result.

    path: the raw file. Raises NotYet if the API needs more time or fails for now, Unfinished if a task failed for good,
    and what collecting raises; the same call continues.
    """
    with RawFile(path) as raw:
        tasks = Tasks.stored(some, raw)
        if tasks.waiting:
            job = _TaskJob(plan, raw, connect, tasks)
            with suppress(BudgetSpent):
                client = job.start()
                _create(client, job, tasks)
                for wait in WAITS:
                    if not any(task.number for task in tasks.waiting):
                        break
                    sleep(wait)
                    _poll(client, job, tasks)
                    _create(client, job, tasks)
            _refuse_unfinished(tasks, raw.lines)
        return tasks.all


def _create(client: Client, job: Job, tasks: Tasks) -> None:
    """Create the tasks that are missing."""
    for task in tasks.waiting:
        if task.number is None and task.created < _TRIES:
            _send(client, job, CREATE, {"file_data": task.batch.file, "category": task.batch.category})


def _poll(client: Client, job: Job, tasks: Tasks) -> None:
    """Ask for the status of each task that is not finished, and download the results of those that are."""
    for task in tasks.waiting:
        if task.number and not task.is_completed:
            _send(client, job, STATUS, {"task_id": task.number})
        if task.number and task.is_completed:
            _send(client, job, DOWNLOAD, {"task_id": task.number})


def _send(client: Client, job: Job, endpoint: str, body: dict[str, object]) -> None:
    """Send one request. Raises its error unless it may pass, so that the others are still worth sending."""
    job.check()
    try:
        client.call(endpoint, body)
    except TikTokError as error:
        # A task that the API does not know concerns itself alone.
        if not concerns_one_request(error) and not (endpoint != CREATE and isinstance(error, InvalidParams)):
            raise


def _refuse_unfinished(tasks: Tasks, lines: Sequence[Line]) -> None:
    """Raise if a batch has no result."""
    if not (left := tasks.waiting):
        return
    ids = " and ".join(
        count(sum(len(task.batch.ids) for task in left if task.batch.category == category), NOUNS[category])
        for category in IN_TASKS
        if any(task.batch.category == category for task in left)
    )
    if given_up := [task for task in left if task.number is None and task.created >= _TRIES]:
        raise Unfinished(
            f"{count(len(given_up), 'compliance task')} failed {_TRIES} times, or returned what cannot be true. "
            f"{ids} are not checked, and nothing is recorded as gone. All answers are kept."
        )
    has_failed = bool(lines) and lines[-1].failed
    why = f"The last request {verdicts.failure(lines[-1])}." if has_failed else "TikTok is still processing them."
    raise NotYet(
        f"{count(len(left), 'compliance task')} with {ids} have no result yet. {why} The tasks are kept: run the same "
        "command again later, and they are asked for their results."
    )
