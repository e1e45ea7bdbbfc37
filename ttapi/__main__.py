"""The command line: one command an endpoint, walked from the table; records go to stdout, one JSON object a line."""

import errno
import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click

from ttapi.answer import as_int
from ttapi.client import Client
from ttapi.clock import next_midnight
from ttapi.endpoints import DEFAULT_BASE_URL, ENDPOINTS, LIMITS, Endpoint
from ttapi.errors import InvalidFileUpload, InvalidParams, ItemRefused, NoAnswer, QuotaExhausted, TikTokError
from ttapi.ledger import Ledger
from ttapi.output import Output, Waiting, tell
from ttapi.query import OPERATIONS, Condition, Query, window_problems
from ttapi.request import prepare
from ttapi.span import search
from ttapi.token import Credentials, Token

FAILED, USAGE, REFUSED, QUOTA = 1, 2, 3, 75
_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|=|>|<)\s*(.*)", re.DOTALL)
_GROUPS = ("all_", "any_", "none")
_OPERATIONS = {">": "GT", ">=": "GTE", "<": "LT", "<=": "LTE"}


class Commands(click.Group):
    """Commands whose known errors end in one paragraph and an exit status, not in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TikTokError as error:
            tell(str(error))
            ctx.exit(QUOTA if isinstance(error, QuotaExhausted) else USAGE if _is_unasked(error) else FAILED)
        except OSError as problem:
            if problem.errno == errno.EPIPE:  # the reader has enough; click ends quietly
                raise
            tell(f"The records cannot be written: {problem}. What was written before is whole.")
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nor could the rest of the buffer, when Python ends
            ctx.exit(FAILED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--base-url", envvar="TTAPI_BASE_URL", default=DEFAULT_BASE_URL, show_default=True, help="The API, or a double."
)
@click.option("--use", default=1.0, show_default=True, help="Part of the daily quota that may be spent from here.")
@click.option(
    "--attempts",
    default=4,
    show_default=True,
    type=click.IntRange(1),
    help="How often a request is sent if the API fails.",
)
@click.option("--ledger", type=click.Path(path_type=Path), default=None, help="Quota ledger, if not the usual one.")
@click.version_option(package_name="ttdata")
@click.pass_context
def main(context: click.Context, base_url: str, use: float, attempts: int, ledger: Path | None) -> None:
    """Ask TikTok's Research API from the command line.

    Records go to standard output, one JSON object a line, as each page arrives; everything else goes to standard
    error. The client key and secret are read from TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET. Every request is
    counted in a ledger that all programs of this machine share: 1,000 a day, and 20,000 for followers and following.

    \b
    Examples:
      python -m ttapi videos --where region_code=DE,AT --where hashtag_name=klima --from 2025-01-01 --to 2025-01-31
      python -m ttapi user tagesschau zdfheute > users.ndjson
      python -m ttapi comments 7195762648716152107 --max 500
      python -m ttapi quota

    \b
    Exit status: 0 done; 1 failed; 2 wrong usage; 3 an item was refused (private, not found); 75 quota spent.
    """

    def make() -> Client:
        waiting = Waiting()
        try:
            counted = Ledger(ledger or Ledger.default_path(), use=use)
            return Client(
                base_url,
                credentials=Credentials.from_environment(),
                ledger=counted,
                token=Token.from_environment(),
                attempts=attempts,
                on_answer=waiting.hear,
                sleep=waiting.sleep,
            )
        except ValueError as wrong:
            raise click.UsageError(str(wrong)) from wrong

    context.obj = make


@main.command()
@click.pass_obj
def quota(make: Callable[[], Client]) -> None:
    """How much of today's quota this machine has spent, by the ledger. Costs no quota."""
    client = make()
    try:
        client.token()
    except NoAnswer as silent:
        tell(f"{silent} The day below is by the local clock.")
    resets = f"{next_midnight(client.now()):%Y-%m-%dT%H:%MZ}"
    for bucket in LIMITS:
        counts = {"spent": client.spent(bucket), "left": client.left(bucket), "resets_at": resets}
        click.echo(json.dumps({"bucket": bucket, "day": f"{client.now():%Y-%m-%d}", **counts}))


def _add(endpoint: Endpoint, run: Callable[..., None], *own: click.Parameter, text: str = "") -> None:
    """Add the command of an endpoint; `run` is given a way to open the output, and the values of its own parameters."""
    params = list(own)
    if endpoint.fields:
        params.append(click.Option(["--fields"], help="Fields to ask for, with commas; all by default."))
    if endpoint.max_count:
        params.append(click.Option(["--max", "most"], type=click.IntRange(1), help="Stop after so many records."))

    def callback(
        make: Callable[[], Client], fields: str | None = None, most: int | None = None, **values: object
    ) -> None:
        names = [name.strip() for name in fields.split(",")] if fields else None
        run(partial(Output, make, endpoint, names, most), **values)

    parts = [endpoint.summary, text, f"Source: {endpoint.url_of_source}", _fields_help(endpoint)]
    main.add_command(
        click.Command(
            endpoint.command,
            params=params,
            callback=click.pass_obj(callback),
            help="\n\n".join(filter(None, parts)),
            short_help=endpoint.summary,
        )
    )


def _fields_help(endpoint: Endpoint) -> str:
    width = max(len(field.name) for field in endpoint.codebook)
    lines = [f"  {field.name:<{width}}  {field.type}: {field.meaning}" for field in endpoint.codebook]
    return "\b\nFields of a record:\n" + "\n".join(lines)


_SEARCH_HELP = (
    """Conditions are FIELD=VALUE, FIELD=VALUE,VALUE, FIELD>=VALUE and so on; quote > and < for the shell.
A value that holds a comma needs --query. Spans of more than a month are cut into windows, and failing windows into
shorter ones.

\b
Fields to search by:
"""
    + "\n".join(f"  {name:<14}{'= > >= < <=' if 'GT' in taken else '='}" for name, taken in OPERATIONS.items())
    + """

\b
Examples:
  ttapi videos --where hashtag_name=klima --any region_code=DE --any region_code=AT --from 2025-01-01 --to 2025-03-31
  ttapi videos --where "keyword=climate change" --where "view_count>=10000" --none video_length=EXTRA_LONG \\
    --from 2025-01-01 --to 2025-01-07 --fields id,username,view_count"""
)


_conditions = partial(click.Option, multiple=True, metavar="FIELD=VALUE")
_day = partial(click.Option, required=True, type=click.DateTime(["%Y-%m-%d", "%Y%m%d"]), metavar="YYYY-MM-DD")
_SEARCH_PARAMS = (
    _conditions(["--where", "all_"], help="Must hold; several values with commas. Repeatable."),
    _conditions(["--any", "any_"], help="At least one of these must hold. Repeatable."),
    _conditions(["--none"], help="Must not hold. Repeatable."),
    click.Option(["--query"], type=click.File("rb"), help="A query in the API's own JSON form; - for stdin."),
    _day(["--from", "start"], help="First day, UTC."),
    _day(["--to", "end"], help="Last day, included."),
    click.Option(["--explain"], is_flag=True, help="Say in English what would be asked, and ask nothing."),
)


def _search(
    opened: Callable[[], Output],
    query: BinaryIO | None,
    start: datetime,
    end: datetime,
    explain: bool,
    **groups: Sequence[str],
) -> None:
    asked = _read_query(query) if query else Query(*([_condition(text) for text in groups[key]] for key in _GROUPS))
    first, last = start.date(), end.date()
    # Only the order of the days can be wrong: a long span is cut into windows.
    if problems := asked.problems() + window_problems(first, min(first, last)):
        raise click.UsageError(" ".join(problems))
    for warning in asked.warnings():
        tell(warning)
    click.echo(asked.explain(first, last), err=not explain)
    if explain:
        return
    with opened() as output:
        output.client.token()  # its answer tells the day
        today = output.client.now().date()
        if (today - last).days < 2:
            tell(f"Today is {today} (UTC). The last two days are not complete: videos can take 48 h to be found.")
        output.write(search(output.client, asked.to_body(), first, min(last, today), fields=output.fields))


_CURSOR = click.Option(["--cursor"], type=int, help="Where the first list goes on, as a run that stopped has told.")
_REPLIES = click.Option(["--replies"], is_flag=True, help="The ids are comments; give their replies.")


def _item_keys(endpoint: Endpoint) -> Sequence[str]:
    """What an item of a list command is in the body: as a rule, and with --replies."""
    return endpoint.required or endpoint.one_of


def _list(opened: Callable[[], Output], items: Sequence[str], replies: bool = False, cursor: int | None = None) -> None:
    refused = False
    with opened() as output:
        key = _item_keys(output.endpoint)[replies]
        values = [_value(key, item.removeprefix("@")) for item in dict.fromkeys(items)]
        for value in values:  # all are looked at before the first is paid for
            prepare(output.endpoint, {key: value}, output.fields)
        for place, value in enumerate(values):
            output.begin(values[place:])
            try:
                output.ask({key: value}, None if place else cursor, **_label(output.endpoint, value))
            except ItemRefused as no:
                refused = True
                tell(str(no))
    if refused:
        click.get_current_context().exit(REFUSED)


_UPLOAD_PARAMS = (
    click.Argument(["file"], type=click.File("rb")),
    click.Option(["--category"], type=click.Choice(["video", "comment"]), required=True),
)


def _upload(opened: Callable[[], Output], file: BinaryIO, category: str) -> None:
    with opened() as output:
        output.ask({"file_data": file.read(), "category": category})


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if not found:
        raise click.UsageError(f'"{text}" is no condition; write FIELD=VALUE, such as region_code=DE,AT.')
    field, sign, value = found.groups()
    if sign != "=":
        return Condition(field, _OPERATIONS[sign], value)
    values = [part.strip() for part in value.split(",")]
    return Condition(field, "EQ" if len(values) == 1 else "IN", values)


def _read_query(file: BinaryIO) -> Query:
    try:
        return Query.from_body(json.load(file))
    except (ValueError, TypeError) as wrong:
        raise click.UsageError(f"The query file cannot be used: {wrong}") from wrong


def _value(key: str, item: str) -> object:
    # Ids are numbers in the API's documents; a product's id alone is text.
    number = as_int(item) if key.endswith("_id") and key != "product_id" else None
    return item if number is None else number


def _label(endpoint: Endpoint, item: object) -> dict[str, object]:
    """What a record lacks to be told from those of other items: user.info, for one, does not repeat the name."""
    if endpoint.name == "user.info":
        return {"username": item}
    return {} if endpoint.one_of else {"of": item}


def _is_unasked(error: BaseException | None) -> bool:
    """Whether the command itself was wrong, so that nothing was sent."""
    return isinstance(error, InvalidParams | InvalidFileUpload) and error.answer is None


for _endpoint in ENDPOINTS.values():
    if _endpoint.name == "video.query":
        _add(_endpoint, _search, *_SEARCH_PARAMS, text=_SEARCH_HELP)
    elif _endpoint.sends == "multipart":
        _add(_endpoint, _upload, *_UPLOAD_PARAMS, text="FILE holds the ids, one a line; - for stdin.")
    else:
        _items = click.Argument(["items"], metavar=f"{_item_keys(_endpoint)[0].upper()}...", nargs=-1, required=True)
        _more = [_REPLIES] * bool(_endpoint.one_of) + [_CURSOR] * bool(_endpoint.cursor)
        _add(_endpoint, _list, _items, *_more)


if __name__ == "__main__":
    main()
