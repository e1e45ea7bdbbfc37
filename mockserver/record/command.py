"""The command `tiktok-mock record`."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from mockserver.record.exchanges import Exchange

_OUT = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--rows", type=_OUT, metavar="FILE", help="Write the accounts, videos and comments, for --rows.")
@click.option("--scenario", type=_OUT, metavar="FILE", help="Write the failures in their order, for --scenarios.")
def record(file: BinaryIO, rows: Path | None, scenario: Path | None) -> None:
    """Turn a recorded run into test data: FILE is an HTTP archive (HAR) with answers of the API.

    Personal data are replaced: names, texts, ids and hashtags by numbered ones; counts are rounded, and of times only
    the day is kept. The words of your own searches stay. Look at the files before you share them.
    """
    from mockserver.record.exchanges import NotAnArchive, read_exchanges

    if not rows and not scenario:
        raise click.UsageError("Name what to write: --rows FILE, --scenario FILE, or both.")
    try:
        exchanges = read_exchanges(file.read())
        click.echo(f"{len(exchanges)} calls of the Research API.")
        if rows:
            _write_rows(rows, exchanges)
        if scenario:
            _write_scenario(scenario, exchanges)
    except NotAnArchive as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename} cannot be written: {error.strerror}.")


def _write_rows(out: Path, exchanges: list["Exchange"]) -> None:
    import yaml

    from mockserver.record.rows import record_rows
    from mockserver.world.times import EPOCH, utc

    recording = record_rows(exchanges)
    out.write_text(yaml.safe_dump(recording.rows, sort_keys=False, allow_unicode=True), "utf-8")
    videos = [video for user in recording.users for video in user.get("videos", ())]
    click.echo(f"{out}: {len(recording.users)} accounts, {len(videos)} videos.")
    click.echo(f"Replaced: {_listed(recording.replaced)}.")
    if recording.left_out:
        click.echo(f"Left out: {_listed(recording.left_out)}.")
    later = f" --now {utc(recording.newest + 3 * 86_400):%Y-%m-%d}" if recording.newest > EPOCH else ""
    click.echo(f"Use it: tiktok-mock --rows {out}{later}")


def _write_scenario(out: Path, exchanges: list["Exchange"]) -> None:
    import yaml

    from mockserver.record.faults import NAME, record_scenario

    content, kinds = record_scenario(exchanges)
    out.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    click.echo(f"{out}: {sum(kinds.values())} failures. {_listed(kinds) or 'Everything was answered'}.")
    click.echo(f"Use it: tiktok-mock --scenarios {out} --scenario {NAME}")


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number)
