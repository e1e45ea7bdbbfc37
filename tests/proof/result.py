"""What a claim's trials gave."""

from dataclasses import dataclass, field


@dataclass
class Result:
    """The trials of a claim. failures: a sentence for each trial that failed.

    notes: numbers worth printing; details: lines for the end of the page.
    """

    trials: int = 0
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)

    def check(self, holds: bool, failure: str) -> None:
        """Count a trial."""
        self.trials += 1
        if not holds:
            self.failures.append(failure)
