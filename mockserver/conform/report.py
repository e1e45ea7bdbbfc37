"""The report of a run, which can be sent to others: it has no text, number or name that is about a person."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from mockserver.conform.answers import Answers
from mockserver.conform.probes import PROBES, Probe
from mockserver.conform.requests import ROWS
from mockserver.conform.shapes import answer_shape
from mockserver.endpoints.addresses import API_HOST
from mockserver.version import VERSION
from mockserver.world.times import utc

FORMAT = 1
_LONGEST_WORD = 40


class NotAReport(ValueError):
    """This file is no report of a comparison; the text says why."""


@dataclass(frozen=True)
class Report:
    """What a report says. server: whom it was made with; day: when, by the server's clock; answers: by probe."""

    server: str
    day: str
    made_with: str
    answers: dict[str, str]

    def verdicts(self) -> list[tuple[Probe, str, str]]:
        """Each probe with its answer and its verdict."""
        given = [(probe, self.answers.get(probe.name, "")) for probe in PROBES]
        return [(probe, answer, probe.verdict(answer)) for probe, answer in given]


def report_of(base_url: str, answers: Answers, sent: int) -> dict[str, Any]:
    """The report of a run as JSON."""
    day = next((f"{utc(answer.second):%Y-%m-%d}" for answer in answers.values() if answer.second), "")
    return {
        "format": FORMAT,
        "about": "A comparison of the mock of TikTok's Research API with a server. It has no personal data.",
        "made_with": VERSION,
        "server": _server(base_url, answers),
        "day": day,
        "requests_sent": sent,
        "answers": {probe.name: _word(probe.answer(answers)) for probe in PROBES},
        "requests": {row.name: answer_shape(answers[row.name]) for row in ROWS if row.name in answers},
    }


def _server(base_url: str, answers: Answers) -> str:
    """TikTok's host, or that it is a mock; another host's name stays out of the report."""
    if any("x-mock-server" in answer.headers for answer in answers.values()):
        return "a mock server"
    return API_HOST if urlsplit(base_url).hostname == API_HOST else "another server"


def _word(answer: str) -> str:
    """An answer of a probe. Of one that is in no table, the status is kept and the words are not."""
    known = {word for probe in PROBES for word in (probe.mock, *probe.others)}
    if answer in known or re.fullmatch(r"([1-5]\d\d)?( (invalid_\w+|internal_error))?|gzip|none|br|deflate", answer):
        return answer
    return f"{answer.partition(' ')[0][:3]} other" if answer[:3].isdigit() else "other"


def read_report(file: Path) -> Report:
    """A report from a file. Raises NotAReport."""
    try:
        content = orjson.loads(file.read_bytes())
        if content["format"] != FORMAT:
            raise NotAReport(f"{file} has the format {str(content['format'])[:10]}, but this version reads {FORMAT}.")
        answers = {str(name): str(answer)[:_LONGEST_WORD] for name, answer in content["answers"].items()}
        about = {name: str(content[name])[:_LONGEST_WORD] for name in ("server", "day", "made_with")}
        return Report(answers=answers, **about)
    except OSError as error:
        raise NotAReport(f"{file} cannot be read: {error.strerror}.") from None
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise NotAReport(f"{file} is no report of `tiktok-mock conform`.") from None
