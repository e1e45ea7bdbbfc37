"""The command `tiktok-mock conform`."""

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mockserver.conform.run import Run

TEMPORARY_FAILURE = 75  # as in ttdata: the same command is to be run again later


@click.command()
@click.option("--base-url", metavar="URL", help="The server to compare the mock with.")
@click.option("--plan", "only_plan", is_flag=True, help="Print what would be sent, and send nothing.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="conform.json",
    show_default=True,
    help="The report. Beside it are the answers so far, until it is complete.",
)
@click.option("--account", default="", metavar="NAME", help="An account that shows its likes, such as your own.")
def conform(base_url: str | None, only_plan: bool, out: Path, account: str) -> None:
    """Compare this mock with another server, such as the real API: send at most 40 requests and report how it answers.

    The credentials are those of ttapi: TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET. The report has no personal data:
    statuses, codes, keys, types and counts, but no text, id or name. Stop it at any time: the same command continues.

    Exit status: 0 report written, 75 run the same command later, 1 look at the message, 2 wrong usage.
    """
    from mockserver.conform.plan import cost, plan_text

    if only_plan:
        click.echo(plan_text())
        return
    if not base_url:
        raise click.UsageError("Name the server with --base-url, or use --plan to see what it costs.")
    if out.exists() and not _answers_of(out).exists():
        sys.exit(f"{out} exists. Nothing was sent. Name another --out, or delete that file if you need it no more.")
    click.echo(cost())
    run = _prepared(base_url, out, account.removeprefix("@"))
    if run.sent:
        click.echo(f"{run.sent} of them have been sent before, and are not repeated.")
    _complete(run, base_url, out)


def _prepared(base_url: str, out: Path, account: str) -> "Run":
    """A run that may be sent. Ends the program with a sentence if it may not."""
    from mockserver.conform.destination import Credentials, NotSent, check_destination
    from mockserver.conform.run import Run
    from mockserver.conform.store import Store, WrongProgress

    try:
        credentials = Credentials.from_environment()
        check_destination(base_url, credentials.key)
        client = hashlib.sha256(credentials.key.encode()).hexdigest()[:16]
        store = Store(_answers_of(out), {"server": base_url, "client": client, "account": account})
        return Run(base_url, credentials, store, account=account)
    except (NotSent, WrongProgress) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename or out} cannot be used: {error.strerror}. Nothing was sent.")


def _answers_of(out: Path) -> Path:
    return out.with_name(out.name + ".answers")


def _complete(run: "Run", base_url: str, out: Path) -> None:
    """Send what is left and write the report; end the program with a sentence if that is not possible now."""
    import orjson

    from mockserver.conform.report import read_report, report_of
    from mockserver.conform.run import Stopped
    from mockserver.conform.verdicts import verdicts

    try:
        run.run(lambda name: click.echo(f"  {run.sent:>2}  {name}", err=True))
        out.write_bytes(orjson.dumps(report_of(base_url, run.answers, run.sent), option=orjson.OPT_INDENT_2) + b"\n")
    except Stopped as error:
        click.echo(str(error), err=True)
        sys.exit(TEMPORARY_FAILURE if error.later else 1)
    except OSError as error:
        sys.exit(f"{error.filename or out} cannot be written: {error.strerror}. The answers are kept: run it again.")
    except KeyboardInterrupt:
        click.echo(
            f"Stopped after {run.sent} requests. Their answers are stored: the same command continues.", err=True
        )
        sys.exit(130)
    run.forget()
    found = [verdict for verdict, _, _ in verdicts(read_report(out)).values()]
    click.echo(f"{run.sent} requests were sent. {out} has no personal data; look at it before you send it to anybody.")
    if run.left:
        click.echo(f"The limit was reached before {', '.join(run.left)}: what they would have shown stays undecided.")
    click.echo(f"{found.count('confirmed')} behaviours confirmed, {found.count('contradicted')} contradicted:")
    click.echo(f"tiktok-mock fidelity --with {out}")
