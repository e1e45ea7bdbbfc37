"""Mistakes and conditions that a user can correct, each explained in plain sentences.

Fault                     base: what happened and what to do
├── StudyFault            the study's file declares something that cannot be built
├── StorageFault          the disk is full, or a file cannot be read or written
├── EarlierFormat         an earlier version of ttdata stored the raw pages
├── DamagedPages          a raw file does not match its receipt
├── EmptySuccess          the API answered ok, and found nothing, although the search found videos before
├── NotDue                a later round was requested before its time
├── Unreachable           no answer ever came from the address of the API
├── NotCollected          a step was run before what it needs was collected
├── TakenElsewhere        another process, perhaps on another host, collects the slice or builds in the folder
├── MirrorInterrupted     a transfer to or from a bucket stopped; the same command continues it
├── Unfinished            a slice could not be completed; the other slices continue
├── NotYet                the API fails or needs more time; the same command continues later
├── Overdue               a dataset was not refreshed in time, and is neither exported nor packaged until it is
└── AuditFault            the audit found what the study does not accept
"""

from collections.abc import Sequence
from pathlib import Path


class Fault(Exception):
    """What happened, and what to do about it; shown without a traceback."""


class StudyFault(Fault):
    """The study's file declares something that cannot be built. Correct the named keys; nothing was sent."""

    def __init__(self, problems: list[str], where: str = "The study") -> None:
        # A problem may have lines to copy below its sentences.
        self.with_examples = problems
        self.problems = [problem.partition("\n")[0] for problem in problems]
        lines = "\n".join(f"  * {problem}" for problem in problems)
        super().__init__(f"{where} cannot be built:\n{lines}")


class StorageFault(Fault):
    """The disk is full, or a file cannot be read or written. Free space, or repair the file, and build again."""


class EarlierFormat(Fault):
    """An earlier version of ttdata stored the raw pages. Run `ttdata upgrade`; it sends no request."""


class DamagedPages(Fault):
    """A raw file does not match its receipt. Delete the receipt; only what is missing is requested again."""

    def __init__(self, raw: Path, receipt: Path, reason: str) -> None:
        kept = "All complete pages in it are kept. " if raw.exists() else ""
        super().__init__(f"{raw} {reason}. {kept}Delete {receipt} and build again: only what is missing is requested.")


class Unreachable(Fault):
    """No answer ever came from the address of the API. Check the network and the address, then build again."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"{url} does not answer: {reason}. It has never answered a build in this folder. Nothing was requested, so "
            "it cost no quota. Is this machine online? Is the address right? (It is base_url in the study.) Then run "
            "the same command again."
        )


class MirrorInterrupted(Fault):
    """A transfer to or from a bucket stopped. The same command continues it."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"Not finished: {address} could not be reached, or stopped answering ({reason}). What was transferred is "
            "kept. Run the same command again: it continues from here."
        )


class NotCollected(Fault):
    """A step was run before what it needs was collected. Run the build, which does both in order."""


class TakenElsewhere(Fault):
    """Another process, perhaps on another host, collects the slice or builds in the folder. Nothing was sent from here.

    Wait until it has ended; for several hosts, set TTAPI_LEDGER=postgresql://… on each of them.
    """


class Unfinished(Fault):
    """A slice could not be completed; its pages are kept. The same command tries again, unless the study waives it."""


class NotYet(Fault):
    """The API fails for now, or needs more time. All answers are kept: run the same command again in an hour."""


class Overdue(Fault):
    """A dataset was not refreshed in time. It is built, but neither exported nor packaged: run `ttdata refresh`."""


class AuditFault(Fault):
    """The audit found what the study does not accept. The dataset and its report are built; read the report."""

    def __init__(self, dataset: str, faults: list[str], page: Path) -> None:
        lines = "\n".join(f"  * {fault}" for fault in faults)
        super().__init__(
            f"The audit of {dataset} found faults, and the study says audit: {{strict: true}}:\n{lines}\n"
            f"See {page} for what they mean and what to do. The dataset is kept."
        )


class EmptySuccess(Fault):
    """The API answered ok, and found nothing, although the search found videos before. Build again later.

    Nothing is replaced. slices: the searches whose answers are doubted, where that is known.
    """

    def __init__(self, text: str, *, slices: Sequence[str] = ()) -> None:
        self.slices = slices
        super().__init__(text)

    def __str__(self) -> str:
        return f"{type(self).__name__}: {super().__str__()}"


class NotDue(Fault):
    """This machine's clock was wrong about the API's time, so a round was started too early. Run the build again."""
