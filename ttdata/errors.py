"""The mistakes that a user can mend, each said in plain sentences.

Fault                     base: what happened and what to do
├── StudyFault            the study's file says something that cannot be built
├── StorageFault          the disk is full, or a file cannot be read or written
├── DamagedPages          a raw file does not hold what its receipt states
├── EmptySuccess          the API answered ok, and found nothing where there was something
├── NotDue                a later round was asked for before its time
├── NotCollected          a step was asked for before what it needs was collected
├── Unfinished            not all of a slice could be had; the other slices go on
└── AuditFault            the audit found what the study does not accept
"""

from pathlib import Path


class Fault(Exception):
    """What happened, and what to do about it; shown without a traceback."""


class StudyFault(Fault):
    """The study's file says something that cannot be built. Correct the keys that are named; nothing was sent."""

    def __init__(self, problems: list[str], where: str = "The study") -> None:
        self.problems = problems
        lines = "\n".join(f"  * {problem}" for problem in problems)
        super().__init__(f"{where} cannot be built:\n{lines}")


class StorageFault(Fault):
    """The disk is full, or a file cannot be read or written. Make room, or mend the file, and build again."""


class DamagedPages(Fault):
    """A raw file does not hold what its receipt states. Delete the receipt; only what is missing is asked for again."""

    def __init__(self, raw: Path, receipt: Path, found: str) -> None:
        super().__init__(
            f"{raw} {found}. Every whole page in it is kept. "
            f"Delete {receipt} and build again: only what is missing is asked for."
        )


class NotCollected(Fault):
    """A step was asked for before what it needs was collected. Run the build, which does both in order."""


class Unfinished(Fault):
    """Not all of a slice could be had; its pages are kept. The same command tries again, unless the study waives it."""


class AuditFault(Fault):
    """The audit found what the study does not accept. The dataset and its report are there; look at the report."""

    def __init__(self, dataset: str, faults: list[str], page: Path) -> None:
        lines = "\n".join(f"  * {fault}" for fault in faults)
        super().__init__(
            f"The audit of {dataset} found faults, and the study says audit: {{strict: true}}:\n{lines}\n"
            f"What they mean and what to do stands in {page}. The dataset is kept."
        )


class EmptySuccess(Fault):
    """The API answered ok, and found nothing where there was something. Nothing is replaced; build again later."""

    def __str__(self) -> str:
        return f"{type(self).__name__}: {super().__str__()}"


class NotDue(Fault):
    """This machine's clock was wrong about the API's time, so a round was begun too early. Run the build again."""
