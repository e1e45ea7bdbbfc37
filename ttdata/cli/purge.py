"""The command `purge`: erase records from a folder."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE, JSON
from ttdata.program import program
from ttdata.store.paths import Folder
from ttdata.text import folded, say

if TYPE_CHECKING:
    from ttdata.comply.purge.request import Request
    from ttdata.plan.plan import Plan

_STATUS = (
    "Exit status: 0 erased, or nothing is to be erased; 1 something is left, or look at the message. Stopped at any "
    "moment, the same command completes it."
)


@click.command(epilog=_STATUS)
@click.option("--gone", is_flag=True, help="What the last refresh did not find.")
@click.option("--user", metavar="NAME", help="An account, what it posted, and where others name it.")
@click.option("--video", metavar="ID", help="A video, with its comments.")
@click.option("--all", "everything", is_flag=True, help="Everything, at the end of a project.")
@click.option("--dry-run", is_flag=True, help="Print what would be erased, and change nothing.")
@click.option("--directory", type=FILE, default=Path(), help="Where the study was built. Default: here.")
@JSON
def purge(
    gone: bool, user: str | None, video: str | None, everything: bool, dry_run: bool, directory: Path, as_json: bool
) -> None:
    """Erase records from the pages, the datasets, and every file that was made of them. It cannot be undone.

    Prints a certificate, and stores it in erasures/. Without an option, it finishes a purge that was stopped. It sends
    nothing. A later build requests nothing of what was erased; what --user and --video erase is kept out of it.
    """
    from ttdata.cli.holding import held
    from ttdata.comply.purge.certificate import text
    from ttdata.comply.purge.purge import expected
    from ttdata.comply.purge.purge import purge as carry_out

    folder = Folder(directory)
    with sentences(folder):
        request = _request(gone, user, video, everything)
        with held(folder):
            plan = _plan(folder)
            if plan is None:
                say("The purge was finished.")
                return
            if dry_run and request:
                print(folded(expected(plan, request)))
                return
            done = carry_out(plan, request, lambda sentence: None if as_json else say(sentence))
    for each in done:
        print(json.dumps(each.certificate) if as_json else f"{text(each.certificate)}\nThis page: {each.page}")
    if not done:
        print("Nothing is to be erased.")
    if not all(each.is_verified for each in done):
        say(f"Something is left. Delete or correct the files named above, then run: {program()} purge")
        sys.exit(1)


def _request(gone: bool, user: str | None, video: str | None, everything: bool) -> "Request | None":
    from ttdata.comply.purge.request import Request

    if gone + everything + (user is not None) + (video is not None) > 1:
        raise click.UsageError("Give one of --gone, --user, --video and --all.")
    if user is not None:
        return Request.user(user)
    if video is not None:
        return Request.video(video)
    return Request("gone") if gone else Request("all") if everything else None


def _plan(folder: Folder) -> "Plan | None":
    """The plan of a folder; None if the purge that was begun has deleted it last."""
    from ttdata.comply.purge.journal import Journal
    from ttdata.plan.plan import Plan

    journal = Journal.read_if_any(folder)
    if journal and journal.request.kind == "all" and not folder.plan.exists():
        folder.purge.unlink()
        return None
    return Plan.read(folder.plan, folder)
