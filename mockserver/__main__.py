"""The command line. `python -m mockserver` serves until it is stopped."""

import asyncio
import shlex
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO
from urllib.parse import urlsplit

import click

from mockserver.adapters.extras import how_to_install

try:
    from mockserver.adapters.http_server import LOOPBACK, CannotListen, serve
    from mockserver.behaviours.chaos import chaos_text
    from mockserver.behaviours.faults import Scenario, ScenarioError, scenario_named
    from mockserver.behaviours.fidelity import KINDS, report
    from mockserver.behaviours.quirks import read_quirks
    from mockserver.conform.command import conform
    from mockserver.core import Core
    from mockserver.endpoints.addresses import API_HOST
    from mockserver.endpoints.scenarios import add_scenarios
    from mockserver.logs import log_on_stderr
    from mockserver.record.command import record
    from mockserver.search.own_rows import BadRows, Rows
    from mockserver.search.own_rows_reader import parse, read_rows
    from mockserver.tenants.options import Options
    from mockserver.tools.export import exported
    from mockserver.version import VERSION
    from mockserver.world.times import EPOCH, ClockError, read_time
    from mockserver.world.world import MOST_VIDEOS, world
except ModuleNotFoundError as error:
    sys.exit(how_to_install(error, "The mock server"))

WINDOWS = (
    "The mock server does not run on Windows itself: install the Windows Subsystem for Linux (WSL) with "
    "`wsl --install`, and start it there."
)

if TYPE_CHECKING:
    from mockserver.adapters.authority import Authority


# Options and their values


def _time(_: click.Context, __: click.Parameter, text: str | None) -> float:
    if text is None:
        return EPOCH
    try:
        return read_time(text)
    except ClockError as error:
        raise click.BadParameter(str(error)) from None


def _url(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    try:
        parts = urlsplit(text or "http://127.0.0.1")
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return text
    except ValueError:
        pass
    raise click.BadParameter("use an address such as http://127.0.0.1:8787.")


def _quirks(_: click.Context, __: click.Parameter, text: str | None) -> frozenset[str]:
    try:
        return read_quirks((text or "").split("+"))
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


def _rows(_: click.Context, __: click.Parameter, file: TextIO | None) -> Rows | None:
    if file is None:
        return None
    try:
        with file:
            return read_rows(parse(file.read(), file.name))
    except UnicodeDecodeError:
        raise click.BadParameter("the file is not text in UTF-8.") from None
    except BadRows as error:
        raise click.BadParameter(str(error)) from None


def _read_scenarios(file: TextIO, hint: str) -> dict[str, Scenario]:
    try:
        return add_scenarios(file.read())
    except UnicodeDecodeError:
        raise click.BadParameter("the file is not text in UTF-8.", param_hint=hint) from None
    except ScenarioError as error:
        raise click.BadParameter(f"{error}.", param_hint=hint) from None


def _check_scenario(name: str) -> None:
    try:
        scenario_named(name)
    except ScenarioError as error:
        raise click.BadParameter(f"{error}.", param_hint="--scenario") from None


ADMIN_TOKEN = click.option(
    "--admin-token",
    envvar="TIKTOK_MOCK_ADMIN_TOKEN",
    metavar="TOKEN",
    help="For /__mock__/; also read from TIKTOK_MOCK_ADMIN_TOKEN.  [default: the server makes one and prints it]",
)
ROWS = click.option(
    "--rows",
    callback=_rows,
    type=click.File(encoding="utf-8"),
    help="Your own accounts, videos and comments, added to the world: YAML, JSON or NDJSON.",
)


# The server


@contextmanager
def _authority(host: str, file: Path | None) -> Iterator["Authority"]:
    if host not in LOOPBACK:
        raise click.UsageError("--proxy and --tls-port are for programs on this machine: leave out --host.")
    try:
        # The only part that needs the package cryptography
        from mockserver.adapters.authority import Authority, NotOurCertificate
    except ModuleNotFoundError as error:
        raise click.UsageError(how_to_install(error, "--proxy")) from None
    with ExitStack() as stack:
        try:
            authority = stack.enter_context(Authority(file))
        except (NotOurCertificate, OSError) as error:
            raise click.BadParameter(f"{error}.", param_hint="--ca-file") from None
        yield authority


def _proxy_instructions(environment: Mapping[str, str]) -> str:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    return "\n".join([f"For programs that know only https://{API_HOST}, paste this before you start them:", *lines])


def _tls_instructions(port: int) -> str:
    """How a program that uses no proxy reaches the TLS port."""
    if port == 443:
        return f"For those that use no proxy, add this line to /etc/hosts: 127.0.0.1 {API_HOST}"
    return (
        f"Those that use no proxy must connect to 127.0.0.1:{port} instead of {API_HOST}:443. Example:\n"
        f"curl --connect-to {API_HOST}:443:127.0.0.1:{port} https://{API_HOST}/"
    )


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8787, show_default=True, type=click.IntRange(0, 65_535), help="0 chooses a free one.")
@click.option(
    "--videos",
    default=100_000,
    show_default=True,
    type=click.IntRange(1, MOST_VIDEOS),
    help="Number of videos in the world.",
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Another seed makes another world.")
@click.option(
    "--run",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    help="Another run makes other random draws, of videos and of failures.",
)
@click.option(
    "--now",
    "start",
    callback=_time,
    metavar="TIME|real",
    help="Time at which all clocks start.  [default: 2026-06-01T12:00:00Z]",
)
@ADMIN_TOKEN
@click.option("--exit-with", type=click.IntRange(1), metavar="PID", help="Stop when this process has ended.")
@click.option(
    "--quirks", callback=_quirks, metavar="NAMES", help="Quirks for all clients: names joined by +, or observed."
)
@ROWS
@click.option("--scenarios", type=click.File(encoding="utf-8"), help="A YAML file with more scenarios.")
@click.option(
    "--scenario", default="", metavar="NAME", help="Scenario for all clients; /__mock__/scenarios has a list."
)
@click.option(
    "--chaos",
    default=0.0,
    metavar="P",
    type=click.FloatRange(0, 1),
    help="Let this share of all requests fail, the same ones in each run. Prints at the end what it did.",
)
@click.option("--proxy", is_flag=True, help=f"Also be a proxy, for programs that know only https://{API_HOST}.")
@click.option(
    "--tls-port",
    type=click.IntRange(0, 65_535),
    help=f"Like --proxy, and answer as https://{API_HOST} on this port, for programs that use no proxy. 0 chooses a "
    "free one; a port below 1024, such as 443, needs root on most systems.",
)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where --proxy writes its CA certificate.  [default: a temporary file]",
)
@click.option(
    "-v",
    "--verbose",
    count=True,
    help="Log each request, its answer and the reason on standard error; -vv adds fields and bodies. Verbose logs name "
    "accounts and client keys, but hold no secret and no token.",
)
@click.version_option(VERSION)
@click.pass_context
def main(
    context: click.Context,
    host: str,
    port: int,
    videos: int,
    seed: int,
    run: int,
    start: float,
    admin_token: str | None,
    exit_with: int | None,
    quirks: frozenset[str],
    rows: Rows | None,
    scenarios: TextIO | None,
    scenario: str,
    chaos: float,
    proxy: bool,
    tls_port: int | None,
    ca_file: Path | None,
    verbose: int,
) -> None:
    """A mock of TikTok's Research API, with an invented world and a virtual clock.

    Client key `mock` with the secret `mock-secret` is an approved client. A key such as `mock:quota=3,seed=5` is
    another client with these options; `mock:unapproved` is a client whose application is not approved.
    """
    context.with_resource(log_on_stderr(verbose))
    if context.invoked_subcommand:
        return
    if sys.platform == "win32":  # its event loop takes no signals
        sys.exit(WINDOWS)
    if scenarios:
        _read_scenarios(scenarios, "--scenarios")
    if scenario:
        _check_scenario(scenario)
    options = Options(seed=seed, run=run, videos=videos, now=start, quirks=quirks, scenario=scenario, chaos=chaos)
    core = Core(defaults=options, rows=rows, admin_token=admin_token)
    world_ = world(seed, videos)  # now, so that the first request does not wait for it
    try:
        if rows:
            rows.check_against(world_)
    except BadRows as error:
        raise click.BadParameter(str(error), param_hint="--rows") from None

    def ready(url: str, tls_port: int | None, authority: "Authority | None") -> None:
        click.echo(f"Mock of TikTok's Research API at {url}")
        click.echo(f"Client key: mock   secret: mock-secret   admin token: {core.admin_token}")
        click.echo(f"All its data is invented. Examples: {url}/__mock__/sample   Stop it with Ctrl-C.")
        if authority:
            click.echo(_proxy_instructions(authority.environment(url)))
        if tls_port is not None:
            click.echo(_tls_instructions(tls_port))
        sys.stdout.flush()

    needs_authority = proxy or ca_file or tls_port is not None
    try:
        with _authority(host, ca_file) if needs_authority else nullcontext() as authority:
            serving = serve(
                core,
                host,
                port,
                exit_with=exit_with,
                ready=lambda url, tls_port: ready(url, tls_port, authority),
                tls=authority.context if authority else None,
                tls_port=tls_port,
            )
            asyncio.run(serving)
        if chaos:
            click.echo(chaos_text([tenant.chaos for tenant in core.tenants.values()]))
    except CannotListen as error:
        option = "--tls-port" if error.port == tls_port else "--port"
        sys.exit(f"{error} Choose another {option}, or 0 for a free one.")


# The other commands


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@main.command()
@click.argument("file", type=click.File(encoding="utf-8"))
def check(file: TextIO) -> None:
    """Check a FILE of scenarios. Print what is in it, or what is wrong with it."""
    for name, scenario in _read_scenarios(file, "FILE").items():
        click.echo(f"{name}: {_count(len(scenario.plans), 'fault')}, {_count(len(scenario.quirks), 'quirk')}")


@main.command()
@click.argument("start", metavar="START", type=click.DateTime(["%Y%m%d"]))
@click.argument("end", metavar="END", type=click.DateTime(["%Y%m%d"]))
@click.option("--videos", default=100_000, show_default=True, type=click.IntRange(1, MOST_VIDEOS))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
def export(start: datetime, end: datetime, videos: int, seed: int) -> None:
    """Print the world's videos from START to END (YYYYMMDD, inclusive) as NDJSON, as of 2026-06-01T12:00:00Z.

    Videos that the API does not return are included: removed ones, and those of hidden accounts, have
    "delivered": false.
    """
    for line in exported(world(seed, videos), start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)):
        click.echo(line)


@main.command()
@click.argument("kind", required=False, type=click.Choice(list(KINDS)))
@click.option(
    "--with",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A report of `tiktok-mock conform`: also count what it confirms and what it contradicts.",
)
def fidelity(kind: str | None, file: Path | None) -> None:
    """Count the behaviours that are documented, recorded, reported or assumed. With a KIND, list them."""
    if file is None:
        click.echo(report(kind))
        return
    from mockserver.conform.report import NotAReport, read_report
    from mockserver.conform.verdicts import verdict_text

    try:
        click.echo(verdict_text(read_report(file), file.name))
    except NotAReport as error:
        raise click.BadParameter(str(error), param_hint="--with") from None


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option("--url", callback=_url, help="A running mock server.  [default: this version of the mock, in process]")
@ADMIN_TOKEN
@ROWS
def replay(file: BinaryIO, url: str | None, admin_token: str | None, rows: Rows | None) -> None:
    """Send the calls of FILE again, and print which are answered differently now.

    FILE is an HTTP archive (HAR), such as /__mock__/journal.har. A client of its own sends each call, at the same
    virtual time and with the same quota and quirks as before. The exit status is 1 if an answer differs.
    """
    # Imported here: they load requests, which a server does not need.
    from mockserver.adapters.requests_mock import InProcess
    from mockserver.journal.replay import BadArchive, NotReplayed, Replay, read_archive

    try:
        key, calls = read_archive(file.read())
        core = Core(rows=rows, admin_token=admin_token)
        with nullcontext(url) if url else InProcess(core) as target:
            address = target if isinstance(target, str) else target.url
            outcomes = list(Replay(address, admin_token or core.admin_token, key).run(calls))
    except (BadArchive, NotReplayed) as error:
        sys.exit(str(error))
    different = [outcome for outcome in outcomes if outcome.was]
    skipped = [outcome for outcome in outcomes if outcome.skipped]
    same = len(outcomes) - len(different) - len(skipped)
    click.echo(f"{_count(len(outcomes), 'call')}: {same} answered as before, {len(different)} answered differently.")
    for outcome in different:
        click.echo(f"{outcome.number:>5} {outcome.endpoint}: was {outcome.was}; is now {outcome.now}")
    if skipped:
        click.echo(f"{len(skipped)} sent, but not compared:")
    for outcome in skipped:
        click.echo(f"{outcome.number:>5} {outcome.endpoint}: {outcome.skipped}")
    sys.exit(1 if different else 0)


@main.command()
@click.option("--url", callback=_url, help="A server that must be running.  [default: try http://127.0.0.1:8787]")
@ADMIN_TOKEN
@click.option("--json", "as_json", is_flag=True, help="As a JSON object, for scripts.")
def doctor(url: str | None, admin_token: str | None, as_json: bool) -> None:
    """Check this installation and a running server. The exit status is 1 if something would surprise a client."""
    from mockserver.tools.doctor import findings, report_as_json

    results = list(findings(url or "http://127.0.0.1:8787", is_expected=url is not None, admin_token=admin_token))
    if as_json:
        click.echo(report_as_json(results))
    for finding in () if as_json else results:
        mark = " ok  " if finding.is_well else " !!  "
        click.echo(textwrap.fill(finding.message, 80, initial_indent=mark, subsequent_indent=" " * len(mark)))
    sys.exit(0 if all(finding.is_well for finding in results) else 1)


main.add_command(conform)
main.add_command(record)

if __name__ == "__main__":
    main()
