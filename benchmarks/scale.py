"""Lists of followers of growing length, from raw pages to table to digest, within 4 GB of memory. Linux only.

    python benchmarks/scale.py [EDGES ...]       (1000000 10000000 50000000)

The pages are written here in the form in which a build stores them, since nothing can return so many: accounts with
5,000 followers each, the most that TikTok lists, 100 per page, names of random accounts. Then the steps of a build run
one after the other, with two threads: `collect` reads the pages and sends nothing, `assemble` makes the dataset,
`digest` reads it again. Printed are seconds, the memory of the largest process, and sizes on disk.
"""

import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from in_turn import Run, run

from ttdata.plan.plan import Plan
from ttdata.store.id_files import listed_ids
from ttdata.store.paths import Folder
from ttdata.store.raw_files import frame_of

SIZES = (1_000_000, 10_000_000, 50_000_000)
PER_ACCOUNT, PER_PAGE = 5_000, 100
MEMORY = 3_200  # MB, for DuckDB: with Python and its buffers the process stays below 4 GB
_NAME = "scale"
# No server is needed: everything has been collected.
_ENVIRONMENT = {"TTDATA_MOCK_URL": "http://127.0.0.1:9", "TTAPI_LEDGER": "ledger.sqlite"}
_LINE = {
    "format": 2,
    "endpoint": "user.followers",
    "fields": [],
    "sent_at": "2026-06-01T12:00:00.000+00:00",
    "status": 200,
    "code": "ok",
    "message": "",
    "log_id": "2026060112000000000000000000000000",
    "charged": True,
    "error": None,
    "refused": None,
    "search_id": None,
    "keys": ["display_name", "username"],
    "oddities": [],
    "text": None,
}


def ttdata(folder: Path, *words: object) -> Run:
    """Run a step of a build."""
    return run(sys.executable, "-m", "ttdata", *words, folder=folder, environment=_ENVIRONMENT)


def write_study(folder: Path, edges: int) -> Plan:
    """Write the study, its plan, and the list of accounts whose followers it requests."""
    accounts = [f"account{number}" for number in range(max(1, edges // PER_ACCOUNT))]
    (folder / "accounts.csv").write_text("\n".join(["username", *accounts]))
    dataset = {"accounts": {"file": "accounts.csv"}, "followers": {"of": "accounts"}}
    study = {"study": _NAME, "api": {"base_url": "mock"}, "datasets": {_NAME: dataset}}
    (folder / "config.yaml").write_text(yaml.safe_dump(study))
    ttdata(folder, "plan", "--out", "plan.json")
    ttdata(folder, "rank", "--plan", "plan.json", "--dataset", _NAME, "--source", "followers", "--out", _ids(folder))
    return Plan.read(folder / "plan.json", Folder(folder))


def _ids(folder: Path) -> Path:
    return Folder(folder).ids(_NAME, "followers")


def write_pages(plan: Plan, folder: Path) -> None:
    """Write the answers of each part of the source."""
    source = plan.dataset(_NAME).source("followers")
    accounts = listed_ids(_ids(folder))
    for shard in source.shards:
        path = plan.raw.pages("followers", shard.raw)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for line in _lines(account for account in accounts if shard.holds(account)):
                file.write(frame_of(line))


def _lines(accounts: Iterator[str]) -> Iterator[bytes]:
    seq, draws = 0, random.Random(1)  # noqa: S311 (not for cryptography)
    for account in accounts:
        for page in range(PER_ACCOUNT // PER_PAGE):
            has_more = page + 1 < PER_ACCOUNT // PER_PAGE
            cursor = 1_780_000_000 - page
            request = {"username": account, "max_count": PER_PAGE} | ({"cursor": cursor + 1} if page else {})
            names = [f"user{draws.getrandbits(28):x}" for _ in range(PER_PAGE)]
            followers = ",".join(f'{{"display_name":"Display {name}","username":"{name}"}}' for name in names)
            more = {"seq": seq, "request": request, "records": PER_PAGE, "cursor": cursor, "has_more": has_more}
            data = f'{{"user_followers":[{followers}],"has_more":{json.dumps(has_more)},"cursor":{cursor}}}'
            yield f'{json.dumps(_LINE | more)[:-1]}, "body": {{"data":{data},"error":{{"code":"ok"}}}}}}\n'.encode()
            seq += 1


def measure(edges: int) -> list[str]:
    """One row of the table."""
    with TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        plan = write_study(folder, edges)
        write_pages(plan, folder)
        source = plan.dataset(_NAME).source("followers")
        collected = [
            ttdata(folder, "collect", "--plan", "plan.json", "--dataset", _NAME, "--source", "followers", "--shard",
                   shard.number, "--ids", _ids(folder), "--receipt", plan.raw.receipt("followers", shard.receipt))
            for shard in source.shards
        ]  # fmt: skip
        built = ttdata(folder, "assemble", "--plan", "plan.json", "--dataset", _NAME, "--threads", 2, "--memory",
                       MEMORY, "--temporary", folder / "tmp", "--out", folder / "scale.duckdb")  # fmt: skip
        digested = ttdata(folder, "digest", folder / "scale.duckdb")
        raw = sum(path.stat().st_size for path in (folder / "raw").rglob("*.zst"))
        size = (folder / "scale.duckdb").stat().st_size
    reading = sum(each.seconds for each in collected)
    memory = [max(each.memory for each in collected), built.memory, digested.memory]
    seconds = [reading, built.seconds, digested.seconds]
    return [f"{edges:,}", *(f"{each / 1e6:,.0f}" for each in (raw, size)), *_pairs(seconds, memory)]


def _pairs(seconds: list[float], memory: list[float]) -> list[str]:
    return [f"{each:,.1f} s, {most:,.0f} MB" for each, most in zip(seconds, memory, strict=True)]


def main() -> None:
    sizes = [int(float(word)) for word in sys.argv[1:]] or SIZES
    print("| edges | raw pages, MB | dataset, MB | reading what is collected | dataset | digest |")
    print("|---|---|---|---|---|---|")
    for edges in sizes:
        print(f"| {' | '.join(measure(edges))} |", flush=True)


if __name__ == "__main__":
    main()
