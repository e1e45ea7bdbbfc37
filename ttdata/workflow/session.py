"""One run of Snakemake: its server, its token, its progress bar, and its final message."""

import os
import sys
from collections.abc import Callable
from datetime import date, datetime

from ttapi import Answer, Client, NoAnswer, QuotaExhausted, TikTokError
from ttdata.answers.windows import GIVE_UP
from ttdata.api import job_secrets
from ttdata.api.client import client
from ttdata.api.clock import clock, remember
from ttdata.api.mock_server import MockServer
from ttdata.api.reached import has_answered, unreachable
from ttdata.build.restored import with_lists
from ttdata.collect.canary import request_canary
from ttdata.collect.request_limit import start_limit
from ttdata.comply.standing import overdue_since, standing
from ttdata.errors import EmptySuccess, Fault, NotCollected
from ttdata.plan.budget import check
from ttdata.plan.counting import costs
from ttdata.plan.due_again import due_now, notices
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import note_calendars
from ttdata.plan.status import Status, status
from ttdata.program import program
from ttdata.store import builds, doubts
from ttdata.store.stops import TEMPORARY_FAILURE, Stop
from ttdata.study.study import MOCK
from ttdata.text import count, folded, say
from ttdata.workflow import previous_datasets
from ttdata.workflow.display import BAR, LINE, Display, Log, is_terminal
from ttdata.workflow.take_folder import take_folder
from ttdata.workflow.terminal import Terminal
from ttdata.workflow.verified import note_built

# Pieces whose evidence a message shows; `ttdata status` shows all.
_SHOWN = 5
_ADVICE = (
    "Run the same command again: partial parts are tried at once, blocked parts {when}. To build without what is "
    "missing, put this into the study and give your reasons:"
)
_NEXT_DAY = "from the API's next day on (after 00:00 UTC)"
_NEW_DAY = "too, since the bundled server starts each build on a new day"


def check_limits(plan: Plan, today: date) -> None:
    """Raise OverLimit if a study is expected to cost more, or to take longer, than it allows."""
    with with_lists(plan) as complete:
        check(plan.limits, costs(complete), today)


class Session:
    """One run of Snakemake over a plan. `start`, then `succeed` or `fail`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._server: MockServer | None = None
        self._display: Display | None = None
        self._held: builds.Held | None = None
        self._client: Client | None = None

    def start(self, *, is_on_cluster: bool = False) -> None:
        """Start the bundled server if the study uses it, and get the one token that serves all jobs.

        is_on_cluster: whether a cluster will store the environment of the jobs, in which no secret may be then.
        Ends Snakemake with a sentence if the study does not fit its limits.
        """
        plan, folder = self._plan, self._plan.folder
        self._held = take_folder(plan)
        try:
            check_limits(plan, self._clock().date())
            self._connect()
            start_limit(plan)
            if is_on_cluster:
                job_secrets.hide(folder)
        except QuotaExhausted as error:
            Stop.of(error).write(folder.stop)
            self.fail()
            sys.exit(TEMPORARY_FAILURE)
        except (Fault, TikTokError) as error:
            self._note_answer(error)
            if fault := unreachable(error, plan.base_url, plan.host, folder):
                self._end()
                sys.exit(folded(str(fault)))
            if isinstance(error, TikTokError) and error.transient:
                Stop.unanswered(error).write(folder.stop)
                self.fail()
            self._end()
            if isinstance(error, EmptySuccess):
                say(str(error))
                sys.exit(TEMPORARY_FAILURE)
            sys.exit(folded(str(error)))
        server = f"the bundled mock server ({self._server.url})" if self._server else plan.base_url
        previous_datasets.keep(plan)
        say(f"Building {plan.study} from {server}")
        self._show_progress()

    def succeed(self) -> None:
        """Report what has not settled, what the study waives, and which waivers do nothing."""
        self._end()
        previous_datasets.put_back(self._plan)
        note_built(self._plan.folder, [dataset.name for dataset in self._plan.datasets])
        waived = status(self._plan).evidence() if self._plan.waived else []
        for sentence in [*notices(self._plan), *standing(self._plan).sentences(), *waived]:
            say(sentence)
        if due := due_now(self._plan, self._clock()):
            say(f"Due now: {due}. Run the same command again.")
            sys.exit(TEMPORARY_FAILURE)

    def fail(self) -> None:
        """Report why the build ended. Ends Snakemake with status 75 if the same command is to be run later."""
        is_taken_over = self._held is not None and not self._held.is_current
        self._end()
        if is_taken_over:
            say("Not finished: another build, or ttdata clean, has taken over this folder. All stored pages are kept.")
            return
        stop, doubted = Stop.of_this_build(self._plan.folder.stop), doubts.of_this_build(self._plan.folder)
        passes = bool(stop and stop.passes)
        try:
            state = status(self._plan)
            text = self._failure_text(stop, state)
            passes = passes or (stop is None and bool(doubted) and not state.failing)
        except Fault as fault:
            text = f"Not finished. {fault}"
        previous_datasets.put_back(self._plan)
        for each in [*doubted, text]:
            say(each)
        if passes:
            sys.exit(TEMPORARY_FAILURE)

    def _connect(self) -> None:
        """Start the bundled server, open the ledger, get a token, learn the API's clock, and request the canary.

        Nothing is sent if everything is collected: pages can be built where there are no credentials, and no network.
        """
        plan = self._plan
        if self._is_collected() and plan.base_url != MOCK:
            return
        if plan.base_url == MOCK:
            self._server = MockServer.start(plan.folder)
            os.environ |= self._server.to_environment()
        client(plan).spent()  # a ledger that cannot be used is reported before anything is sent
        self._client = first = self._first_client()
        os.environ |= first.token().to_environment()
        remember(first, plan.host, plan.folder.clock)
        if plan.canary and not self._is_collected():
            request_canary(plan, plan.canary, self._new_client)

    def _note_answer(self, error: Exception) -> None:
        """An error that the API sent shows that its address is right, in later builds as well."""
        if self._client and isinstance(error, TikTokError) and error.status is not None:
            remember(self._client, self._plan.host, self._plan.folder.clock)

    def _clock(self) -> datetime:
        """The API's time: that of the client once it has an answer."""
        if self._client:
            return self._client.now()
        return clock(self._plan, self._plan.host, self._plan.folder.clock)()

    def _first_client(self) -> Client:
        """A client. An address that never answered is most likely wrong, so its first failure is reported."""
        plan = self._plan
        if has_answered(plan.base_url, plan.host, plan.folder):
            return self._new_client()
        once = client(plan, attempts=1)
        try:
            once.token()
        except NoAnswer:
            raise
        except TikTokError:  # it answers, so other attempts are worthwhile
            return self._new_client()
        return once

    def _new_client(self, on_answer: Callable[[Answer], None] | None = None) -> Client:
        return client(self._plan, on_answer, attempts=GIVE_UP)

    def _show_progress(self) -> None:
        """Start to show progress, if anything is to be collected."""
        if self._requests_left() and self._client:
            raw = self._plan.raw
            waiting = sum(not raw.receipt("videos", slice_.name).exists() for slice_ in self._plan.slices)
            screen, every = (Terminal(), BAR) if is_terminal() else (Log(), LINE)
            self._display = Display(
                waiting,
                self._requests_left,
                self._client.left,
                screen=screen,
                every=every,
                events=self._plan.folder.events,
            )
            self._display.start()

    def _requests_left(self) -> int:
        """Requests that are still expected."""
        cost = costs(self._plan)
        return sum(cost.left(bucket).expected for bucket in cost.limits)

    def _is_collected(self) -> bool:
        """Whether there are receipts of exactly what this plan requests."""
        receipts = (path for dataset in self._plan.datasets for path in self._plan.all_receipts(dataset.name))
        try:
            stored = Plan.read(self._plan.folder.plan)
        except NotCollected:
            return False
        return stored.fingerprint == self._plan.fingerprint and all(path.exists() for path in receipts)

    def _failure_text(self, stop: Stop | None, state: Status) -> str:
        parts = len(state.pieces)
        if stop and stop.passes:
            text = stop.message(state.finished, parts, state.left, bundled=self._server is not None)
            blocked = state.states.get("blocked", 0)
            more = f"{count(blocked, 'part')} also kept failing; {program()} status shows why."
            return f"{text} {more}" if blocked else text
        if state.is_finished:
            is_built = all(self._plan.folder.dataset(dataset.name).exists() for dataset in self._plan.datasets)
            datasets = (
                f"all datasets are built, but {self._what_failed()}" if is_built else "not all datasets are built"
            )
            return f"Not finished: all {parts} parts are collected; {datasets} (see above)."
        text = f"Not finished: {state.finished} of {parts} parts are complete, nothing is lost."
        if stop is None and state.failing:
            advice = _ADVICE.format(when=_NEW_DAY if self._server else _NEXT_DAY)
            return "\n\n".join([text, *state.evidence()[:_SHOWN], advice, state.waivers()])
        return (
            f"{text} See the messages above. Once that is solved, run the same command again: it continues from here."
        )

    def _what_failed(self) -> str:
        """What did not follow from datasets that are built."""
        is_overdue = any(overdue_since(self._plan, dataset.name) for dataset in self._plan.datasets)
        return "a refresh is overdue" if is_overdue else "have faults"

    def _end(self) -> None:
        note_calendars(self._plan)
        job_secrets.remove(self._plan.folder)
        if self._display:
            self._display.stop()
        self._stop_server()
        if self._held:
            self._held.release()
            self._held = None

    def _stop_server(self) -> None:
        if self._server:
            self._server.stop()
