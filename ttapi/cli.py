"""The command line: its options, and the message and exit status for each error. The commands are in commands.py."""

import errno
import os
from typing import Any

import click

from ttapi.client import Client
from ttapi.commands import FAILED, QUOTA_SPENT, USAGE, commands
from ttapi.destination import Destination
from ttapi.endpoints import DEFAULT_BASE_URL
from ttapi.errors import InvalidFileUpload, InvalidParams, QuotaExhausted, TikTokError
from ttapi.ledgers.opening import open_ledger
from ttapi.output import WaitReport, log_on_stderr, report
from ttapi.token import Credentials, Token


class Commands(click.Group):
    """Commands whose known errors end with one paragraph and an exit status, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TikTokError as error:
            report(str(error))
            ctx.exit(_exit_status(error))
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has closed the pipe: click ends the command without a message
                raise
            report(f"Cannot write the records: {error}. Everything written so far is complete.")
            # Python writes the rest of its buffer when it ends, and would fail in the same way.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            ctx.exit(FAILED)


def _exit_status(error: TikTokError) -> int:
    if isinstance(error, QuotaExhausted):
        return QUOTA_SPENT
    wrong_usage = isinstance(error, InvalidParams | InvalidFileUpload) and error.answer is None
    return USAGE if wrong_usage else FAILED


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--base-url",
    envvar="TTAPI_BASE_URL",
    default=DEFAULT_BASE_URL,
    show_default=True,
    help="Address of the API, or of a mock server.",
)
@click.option(
    "--use", default=1.0, show_default=True, help="Share of the daily quota that this machine may use, such as 0.5."
)
@click.option(
    "--attempts",
    default=4,
    show_default=True,
    type=click.IntRange(1),
    help="How many times a request is sent if the API fails. Each attempt costs quota.",
)
@click.option(
    "--ledger",
    default="",
    help="The quota ledger: a file, or postgresql://… for several hosts. By default what TTAPI_LEDGER names, or a file "
    "in your user's state folder.",
)
@click.option(
    "-v",
    "--verbose",
    count=True,
    help="Log each request on standard error; -vv adds the keys of its body. Verbose logs can name accounts, but hold "
    "no secret and no token.",
)
@click.version_option(package_name="ttdata")
@click.pass_context
def main(context: click.Context, base_url: str, use: float, attempts: int, ledger: str, verbose: int) -> None:
    """Query TikTok's Research API from the command line.

    Records are written to standard output, one JSON object per line, as each page arrives. Everything else is written
    to standard error. The client key and secret are read from TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET. Every
    request is counted in a ledger that all programs on this machine share: 1,000 per day, and 20,000 for followers and
    following.

    \b
    Examples:
      python -m ttapi videos --where region_code=DE,AT --where hashtag_name=klima --from 2025-01-01 --to 2025-01-31
      python -m ttapi user tagesschau zdfheute > users.ndjson
      python -m ttapi comments 7195762648716152107 --max 500
      python -m ttapi quota

    \b
    Exit status: 0 done; 1 failed; 2 wrong usage; 3 an item was refused (private, not found); 75 quota spent.
    """

    context.with_resource(log_on_stderr(verbose))

    def make_client() -> Client:
        wait_report = WaitReport()
        try:
            return Client(
                base_url,
                credentials=Credentials.from_environment(),
                ledger=open_ledger(ledger, use=use),
                token=Token.from_environment(),
                attempts=attempts,
                on_answer=wait_report.note,
                sleep=wait_report.sleep,
                trusted=[str(Destination.of(base_url))],
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    context.obj = make_client


for _command in commands():
    main.add_command(_command)
