"""The synthetic twin: the same study, built from the mock server with another seed, in a process of its own.

It reads nothing of the study's folder and sends nothing beyond this machine. Its rows are invented and carry the
mark of that: their ids end with the bits that docs/mockserver.md names.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ttdata.build.digest import digest_of
from ttdata.errors import Fault
from ttdata.publish.contents import INVENTED, LOW_BITS, MOCK_BITS
from ttdata.publish.package import child
from ttdata.publish.package.studies import Declared, Replacements, accounts_in, as_files, ids_in, sources_of, twin
from ttdata.tables.declared import escaped, literal, quoted
from ttdata.tables.files import opened
from ttdata.tables.stored import stored_tables

FIRST_LINE = "# Invented: this study requests nothing from TikTok. It builds the synthetic twin of a dataset.\n"
_SEEDS = 1_000_000
# Times and names of requests differ between two builds of the same twin, by milliseconds.
_TIMES = ("sent_at", "asked_at", "finished_at", "observed_at", "superseded_at", "last_seen")
_SEARCH_ID = ',"search_id":"[^"]*"'
# The clock of the mock server starts on this day unless a study needs a later one.
_MOCK_DAY = date(2026, 6, 1)
_SETTLED = timedelta(days=12)


class TwinFailed(Fault):
    """The synthetic twin could not be built. See the message of its build; the package was not written."""


@dataclass(frozen=True)
class Twin:
    """A built twin: its dataset files by name, the seed of its world, and their content digests."""

    datasets: dict[str, Path]
    digests: dict[str, str]
    tenant: str


def tenant_of(declared: Declared, digest: str) -> str:
    """The mock server's settings for the twin of a dataset: a seed that follows from it, and is not its own."""
    own = dict(each.partition("=")[::2] for each in declared.get("api", {}).get("tenant", "").split(","))
    seed = 2 + int(hashlib.sha256(digest.encode()).hexdigest()[:12], 16) % _SEEDS
    seed += str(seed) == own.get("seed", "1")
    last = max((_day(each) for each in _last_days(declared)), default=_MOCK_DAY)
    settings = {"seed": str(seed)}
    if "videos" in own:
        settings["videos"] = own["videos"]
    if "now" in own:
        settings["now"] = own["now"]
    elif last + _SETTLED > _MOCK_DAY:
        settings["now"] = f"{last + _SETTLED}"
    return ",".join(f"{name}={value}" for name, value in settings.items())


def twin_files(declared: Declared, tenant: str, home: Path) -> dict[str, str]:
    """The twin's study as files. Accounts and ids that the study names are those of the mock server's world."""
    accounts, ids = accounts_in(declared), ids_in(declared)
    names, videos = _invented(declared, tenant, home) if accounts or ids else ([], [])
    by = Replacements(_one_of(names, accounts, "account"), _one_of(videos, ids, "7000000000000003418"))
    return as_files(twin(declared, by, tenant), first_line=FIRST_LINE)


def build_twin(study: Path, folder: Path) -> Twin:
    """Build the twin that a study file declares, in a folder. Raises TwinFailed."""
    folder.mkdir(exist_ok=True)
    ended = child.run([sys.executable, "-m", "ttdata.serial", str(study)], folder, folder / "home")
    if ended.status:
        raise TwinFailed(f"The synthetic twin could not be built (status {ended.status}):\n{ended.last_lines}")
    datasets = {path.stem: path for path in sorted((folder / "datasets").glob("*.duckdb"))}
    tenant = json.loads((folder / "plan.json").read_text("utf-8"))["tenant"]
    return Twin(datasets, {name: digest_of(path) for name, path in datasets.items()}, tenant)


def write_tables(dataset: Path, out: Path) -> dict[str, int]:
    """Write the tables of a twin as Parquet files, the same for the same twin. Returns their numbers of rows."""
    out.mkdir(parents=True, exist_ok=True)
    rows = {}
    with opened(dataset) as con:
        for table in stored_tables(con):
            target = out / f"{table}.parquet"
            con.execute(
                f"COPY (SELECT * FROM (SELECT {_steady(con, table)} FROM {quoted(table)}) ORDER BY ALL) "
                f"TO '{escaped(target)}' (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{note: {literal(INVENTED)}}})"
            )
            rows[table] = con.execute(f"SELECT count(*) FROM {quoted(table)}").fetchall()[0][0]
    return rows


def unmarked(dataset: Path) -> list[str]:
    """Tables of a twin with an id that does not carry the mark of invented data."""
    found = []
    with opened(dataset) as con:
        for table, column in (("videos", "id"), ("videos_gone", "id"), ("comments", "id"), ("comments", "video_id")):
            tables = set(stored_tables(con))
            if table in tables:
                query = f"SELECT count(*) FROM {table} WHERE {column} & {LOW_BITS} <> {MOCK_BITS}"
                if con.execute(query).fetchall()[0][0]:
                    found.append(f"{table}.{column}")
    return found


def _steady(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """The columns of a table, times of requests as days, and what TikTok's support would need left out."""
    columns = [name for name, *_ in con.execute(f"DESCRIBE {quoted(table)}").fetchall()]
    replaced = [f"date_trunc('day', {name})::TIMESTAMP AS {name}" for name in columns if name in _TIMES]
    replaced += [f"NULL::VARCHAR AS {name}" for name in columns if name == "log_id"]
    if table == "requests":
        replaced.append(f"regexp_replace(request::VARCHAR, '{_SEARCH_ID}', '')::JSON AS request")
    if table == "codebook":
        of_times = f"column_name IN ({', '.join(map(literal, _TIMES))})"
        replaced += [f"CASE WHEN NOT {of_times} THEN {name} END AS {name}" for name in ("minimum", "maximum")]
    return f"* REPLACE ({', '.join(replaced)})" if replaced else "*"


def _invented(declared: Declared, tenant: str, home: Path) -> tuple[list[str], list[str]]:
    """Accounts and videos of the mock server's world, in the days of a study."""
    settings = dict(each.partition("=")[::2] for each in tenant.split(","))
    days = [day for each in _periods(declared) for day in each] or [_MOCK_DAY - timedelta(days=60)]
    end = min(max(days), date.fromisoformat(settings.get("now", f"{_MOCK_DAY}")[:10]))
    start = min(min(days), end)
    command = [
        sys.executable,
        "-m",
        "mockserver",
        "export",
        f"{start:%Y%m%d}",
        f"{end:%Y%m%d}",
        "--seed",
        settings["seed"],
    ]
    if "videos" in settings:
        command += ["--videos", str(int(float(settings["videos"])))]
    ended = child.run(command, Path(), home)
    rows = [json.loads(line) for line in ended.said.splitlines() if line.startswith("{")]
    delivered = [row for row in rows if row.get("delivered", True)]
    return list(dict.fromkeys(row["username"] for row in delivered)), [str(row["id"]) for row in delivered]


def _one_of(invented: Sequence[str], entries: Sequence[str], otherwise: str) -> Callable[[str], str]:
    """What takes the place of each entry: another invented one for each, as long as there are enough."""
    number = {entry: place for place, entry in enumerate(entries)}
    return lambda entry: invented[number.get(entry, 0) % len(invented)] if invented else otherwise


def _periods(declared: Declared) -> Iterator[list[date]]:
    for source in _sources(declared):
        during = source.get("during")
        if isinstance(during, list):
            yield [_day(day) for day in during if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(day))]


def _last_days(declared: Declared) -> list[str]:
    return [f"{max(each)}" for each in _periods(declared) if each]


def _sources(declared: Declared) -> Iterator[dict[str, Any]]:
    for dataset in declared["datasets"].values():
        yield from sources_of(dataset).values()


def _day(text: Any) -> date:
    return date.fromisoformat(str(text))
