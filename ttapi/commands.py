"""The commands: `quota`, and one per endpoint, made from the table of endpoints."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import BinaryIO

import click

from ttapi.answer import Page
from ttapi.client import Client
from ttapi.clock import next_midnight
from ttapi.conditions import OPERATIONS, Condition
from ttapi.days import api_date, window_problems
from ttapi.endpoints import ENDPOINTS, LIMITS, Endpoint
from ttapi.errors import ItemRefused, NoAnswer
from ttapi.items import read_items
from ttapi.output import Output, report
from ttapi.query import Query
from ttapi.query_file import QueryFile, date_problems, read_query_file
from ttapi.request import prepare
from ttapi.span import search

FAILED, USAGE, REFUSED, QUOTA_SPENT = 1, 2, 3, 75
"""Exit statuses."""

_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|=|>|<)\s*(.*)", re.DOTALL)
_GROUPS = ("all_", "any_", "none")
_OPERATIONS = {">": "GT", ">=": "GTE", "<": "LT", "<=": "LTE"}

MakeClient = Callable[[], Client]
MakeOutput = Callable[[], Output]


def commands() -> Iterator[click.Command]:
    """Yield every command."""
    yield quota
    for endpoint in ENDPOINTS.values():
        if endpoint.name == "video.query":
            yield _command(endpoint, _search, _SEARCH_PARAMETERS, _SEARCH_HELP)
        elif endpoint.sends == "multipart":
            yield _command(endpoint, _upload, _UPLOAD_PARAMETERS, "FILE holds the ids, one per line; - for stdin.")
        else:
            text = _ITEM_HELP.get(_item_keys(endpoint)[0], "")
            yield _command(endpoint, partial(_items, endpoint), _item_parameters(endpoint), text)


@click.command()
@click.pass_obj
def quota(make_client: MakeClient) -> None:
    """Show how much of today's quota is used, as counted on this machine. Costs no quota."""
    client = make_client()
    try:
        client.token()
    except NoAnswer as error:
        report(f"{error} The day below is taken from the local clock.")
    resets_at = f"{next_midnight(client.now()):%Y-%m-%dT%H:%MZ}"
    for bucket in LIMITS:
        counts = {"spent": client.spent(bucket), "left": client.left(bucket), "resets_at": resets_at}
        click.echo(json.dumps({"bucket": bucket, "day": f"{client.now():%Y-%m-%d}", **counts}))


def _command(
    endpoint: Endpoint, run: Callable[..., None], parameters: Iterable[click.Parameter], text: str = ""
) -> click.Command:
    """The command of an endpoint. `run` takes a function that makes the output, and the values of `parameters`."""
    options = []
    if endpoint.fields:
        options.append(click.Option(["--fields"], help="Fields to request, separated by commas. By default all."))
    if endpoint.max_count:
        options.append(click.Option(["--max", "limit"], type=click.IntRange(1), help="Stop after this many records."))

    def callback(
        make_client: MakeClient, fields: str | None = None, limit: int | None = None, **values: object
    ) -> None:
        names = [name.strip() for name in fields.split(",")] if fields else None
        run(partial(Output, make_client, endpoint, names, limit), **values)

    paragraphs = [endpoint.summary, text, f"Source: {endpoint.url_of_source}", _fields_help(endpoint)]
    return click.Command(
        endpoint.command,
        params=[*parameters, *options],
        callback=click.pass_obj(callback),
        help="\n\n".join(filter(None, paragraphs)),
        short_help=endpoint.summary,
    )


def _fields_help(endpoint: Endpoint) -> str:
    width = max(len(field.name) for field in endpoint.codebook)
    lines = [f"  {field.name:<{width}}  {field.type}: {field.meaning}" for field in endpoint.codebook]
    return "\b\nFields of a record:\n" + "\n".join(lines)


_SEARCH_HELP = (
    """Conditions are written as FIELD=VALUE, FIELD=VALUE,VALUE, FIELD>=VALUE and so on; quote > and < for the shell.
A value that contains a comma needs --query. A span of more than a month is cut into windows, and a window that keeps
failing into shorter ones.

\b
Fields to search by:
"""
    + "\n".join(f"  {name:<14}{'= > >= < <=' if 'GT' in allowed else '='}" for name, allowed in OPERATIONS.items())
    + """

\b
Examples:
  ttapi videos --where hashtag_name=klima --any region_code=DE --any region_code=AT --from 2025-01-01 --to 2025-03-31
  ttapi videos --where "keyword=climate change" --where "view_count>=10000" --none video_length=EXTRA_LONG \\
    --from 2025-01-01 --to 2025-01-07 --fields id,username,view_count"""
)

_conditions = partial(click.Option, multiple=True, metavar="FIELD=VALUE")
_day = partial(click.Option, type=click.DateTime(["%Y-%m-%d", "%Y%m%d"]), metavar="YYYY-MM-DD")
_SEARCH_PARAMETERS = (
    _conditions(["--where", "all_"], help="A condition that must hold. Repeatable."),
    _conditions(["--any", "any_"], help="Conditions of which at least one must hold. Repeatable."),
    _conditions(["--none"], help="A condition that must not hold. Repeatable."),
    click.Option(
        ["--query", "file"],
        type=click.File("rb"),
        help="A file with a query in the API's JSON form, or with a whole request; - for stdin.",
    ),
    _day(["--from", "start"], help="First day (UTC). Required unless the file of --query has a start_date."),
    _day(["--to", "end"], help="Last day (UTC), included. Required unless the file of --query has an end_date."),
    click.Option(["--explain"], is_flag=True, help="Print the search in English and send nothing."),
)


def _search(
    make_output: MakeOutput,
    file: BinaryIO | None,
    start: datetime | None,
    end: datetime | None,
    explain: bool,
    **groups: Sequence[str],
) -> None:
    given = _read_file(file, groups) if file else QueryFile(_read_groups(groups))
    first, last = _days(given, start, end)
    # Only the order of the days can be wrong: a long span is cut into windows, but a random draw is one request.
    problems = window_problems(first, last if given.is_random else min(first, last))
    if problems := problems or given.query.problems(first, last):
        raise click.UsageError(" ".join(problems))
    if given.ignored:
        report(f"Ignored in the query file: {' and '.join(given.ignored)}. The search starts at its first page.")
    for warning in given.query.warnings(first, last):
        report(warning)
    click.echo(("A random draw: " if given.is_random else "") + given.query.explain(first, last), err=not explain)
    if explain:
        return
    with make_output() as output:
        output.client.token()  # its answer has the server's date
        today = output.client.now().date()
        if (today - last).days < 2:
            report(
                f"Today is {today} (UTC). The last two days are incomplete: a video can take 48 hours to become "
                "searchable."
            )
        output.write(_pages(output, given, first, last if given.is_random else min(last, today)))


def _pages(output: Output, given: QueryFile, first: date, last: date) -> Iterator[Page]:
    if not given.is_random:
        return search(output.client, given.query.to_body(), first, last, fields=output.fields)
    days = {"start_date": api_date(first), "end_date": api_date(last)}
    size = {} if given.max_count is None else {"max_count": given.max_count}
    body = {"query": given.query, **days, **size, "is_random": True}
    return output.client.pages(output.endpoint, body, fields=output.fields)


def _days(given: QueryFile, start: datetime | None, end: datetime | None) -> tuple[date, date]:
    """Return the first and the last day of a search, from the options or the query file."""
    first, last = (option.date() if option else None for option in (start, end))
    if problems := date_problems(given, first, last):
        raise click.UsageError(" ".join(problems))
    first, last = first or given.start, last or given.end
    if first is None or last is None:
        raise click.UsageError("Missing option '--from'." if first is None else "Missing option '--to'.")
    return first, last


def _condition(text: str) -> Condition:
    match = _CONDITION.fullmatch(text)
    if not match:
        raise click.UsageError(f'"{text}" is not a condition. Write FIELD=VALUE, such as region_code=DE,AT.')
    field, sign, value = match.groups()
    if sign != "=":
        return Condition(field, _OPERATIONS[sign], value)
    values = [part.strip() for part in value.split(",")]
    return Condition(field, "EQ" if len(values) == 1 else "IN", values)


def _read_groups(groups: Mapping[str, Sequence[str]]) -> Query:
    return Query(*([_condition(text) for text in groups[key]] for key in _GROUPS))


def _read_file(file: BinaryIO, groups: Mapping[str, Sequence[str]]) -> QueryFile:
    if any(groups[key] for key in _GROUPS):
        raise click.UsageError("Give the conditions either in the file of --query or with --where, --any and --none.")
    try:
        return read_query_file(file.read())
    except ValueError as error:
        raise click.UsageError(f"The query file cannot be used. {error}") from error


_ITEM_HELP = {
    "username": "USERNAME is a handle in any case, with or without @, or the address of a profile. Each account is "
    "requested once.",
    "video_id": "VIDEO_ID is a number, or the address of a video. Each video is requested once.",
}


def _item_keys(endpoint: Endpoint) -> Sequence[str]:
    """The body keys that can name an item of an endpoint: the usual one, and that of --replies."""
    return endpoint.required or endpoint.one_of


def _item_parameters(endpoint: Endpoint) -> Iterator[click.Parameter]:
    yield click.Argument(["items"], metavar=f"{_item_keys(endpoint)[0].upper()}...", nargs=-1, required=True)
    if endpoint.one_of:
        yield click.Option(["--replies"], is_flag=True, help="Treat the ids as comment ids, and return the replies.")
    if endpoint.cursor:
        yield click.Option(
            ["--cursor"], type=int, help="Where to continue the first list, as printed when a run was stopped."
        )


def _items(
    endpoint: Endpoint, make_output: MakeOutput, items: Sequence[str], replies: bool = False, cursor: int | None = None
) -> None:
    key = _item_keys(endpoint)[replies]
    try:
        values = read_items(key, items)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    refused = False
    with make_output() as output:
        for value in values:  # all are checked before the first one costs quota
            prepare(endpoint, {key: value}, output.fields)
        for index, value in enumerate(values):
            output.start_item(values[index:])
            try:
                output.request({key: value}, None if index else cursor, **_label(endpoint, value))
            except ItemRefused as error:
                refused = True
                report(str(error))
    if refused:
        click.get_current_context().exit(REFUSED)


def _label(endpoint: Endpoint, item: object) -> dict[str, object]:
    """What is added to a record so that records of several items can be distinguished."""
    if endpoint.name == "user.info":  # its answer does not repeat the username
        return {"username": item}
    return {} if endpoint.one_of else {"of": item}


_UPLOAD_PARAMETERS = (
    click.Argument(["file"], type=click.File("rb")),
    click.Option(
        ["--category"],
        type=click.Choice(["video", "comment"]),
        required=True,
        help="Whether the ids are those of videos or of comments.",
    ),
)


def _upload(make_output: MakeOutput, file: BinaryIO, category: str) -> None:
    with make_output() as output:
        output.request({"file_data": file.read(), "category": category})
