"""Comparisons with servers that deviate from the mock in a known way."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockserver import InThread
from mockserver.admin.sample import sample
from mockserver.conform.answers import Answers
from mockserver.conform.destination import Credentials
from mockserver.conform.report import Report, report_of
from mockserver.conform.run import Run
from mockserver.conform.store import Store
from mockserver.conform.verdicts import verdicts
from mockserver.core import Core
from mockserver.messages import Request, Response
from mockserver.tenants.options import SECRET

Edit = Callable[[Request, Response], Response]


class EditedCore(Core):
    """A mock server whose answers a test edits, for deviations that no switch makes. It keeps all of them."""

    def __init__(self, edit: Edit | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._edit = edit
        self.responses: list[Response] = []

    def handle(self, request: Request) -> Response:
        response = super().handle(request)
        response = self._edit(request, response) if self._edit else response
        self.responses.append(response)
        return response


@dataclass(frozen=True)
class Comparison:
    """One finished run."""

    answers: Answers
    sent: int
    report: dict[str, Any]

    def names(self, verdict: str) -> set[str]:
        about = {name: self.report[name] for name in ("server", "day", "made_with")}
        found = verdicts(Report(answers=self.report["answers"], **about))
        return {name for name, (each, _, _) in found.items() if each == verdict}


Compare = Callable[..., Comparison]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Compares the mock with a server on a socket. shows_likes: name an account that does, as a user can."""

    def run(key: str = "mock", core: Core | None = None, *, shows_likes: bool = False) -> Comparison:
        core = core or Core()
        options = core.defaults
        account = str(sample(options.seed, options.videos, int(options.now))["username"]) if shows_likes else ""
        with InThread(core) as mock:
            mock.client_key = key
            store = Store(tmp_path / "answers", {"account": account})
            comparison = Run(mock.url, Credentials(key, SECRET), store, account=account, sleep=mock.sleep)
            answers = comparison.run()
            return Comparison(answers, comparison.sent, report_of(mock.url, answers, comparison.sent))

    return run
