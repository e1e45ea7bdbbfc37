"""A lab's half year: 26 weekly runs with edits, quota stops, a lost folder and a crash, compared with a crawl.

python benchmarks/half_year.py [SEED]

needed     requests of the crawl at the first moment of the week        sent   requests of the build in that week
used       requests so far whose answers the study uses                 runs   of the same command, one a day
differ     observations that only one side has, or with other views     gone   the same of videos_gone
as of      of the last seven weeks, those that videos_as_of shows otherwise

The study has a panel whose list is edited, hashtags whose list is edited, and a period that moves with the waves. It is
built by Snakemake against a mock server whose clock is moved. At every moment a plain client requests the same from the
server, under another key with the same world: that is what the dataset is compared with.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import requests
import yaml

from tests.support import ADMIN, MockServer, start_mock_server
from ttdata.upgrade import lines as raw_lines

PROJECT = Path(__file__).parents[1]
WEEKS, EVERY = 26, timedelta(7)
START = datetime(2026, 1, 5, 6, tzinfo=UTC)
PANEL_DAYS = ("2025-11-01", "2025-11-28")
TAG_DAYS = ("2025-12-01", "2025-12-20")
TAGS = ["climatechange", "klima", "coffee", "fyp"]
OWN, CRAWL = "mock:videos=1000000,quota=15", "mock:videos=1000000,quota=100000,org=crawl"

Seen = dict[int, int]  # a video, and its views


@dataclass
class Lab:
    """The study as it is worded now, and what a crawl has seen: per dataset and week the videos and their views."""

    server: MockServer
    folder: Path
    names: list[str]
    tags: list[str]
    seen: dict[str, dict[int, list[Seen]]] = field(default_factory=lambda: {"panel": {}, "tags": {}, "moving": {}})
    authors: dict[int, str] = field(default_factory=dict)
    hashtags: dict[int, set[str]] = field(default_factory=dict)
    sent: int = 0
    needed: int = 0

    def study(self) -> dict[str, Any]:
        waves = {"every": "7d", "times": WEEKS, "from": f"{START.date()}"}
        moving = {"where": tagged(TAGS[:1]), "during": {"last": "14d"}, "waves": waves}
        return {
            "study": "lab",
            "api": {"base_url": self.server.url},
            "settle": {"index": "0d", "counts": "0d"},
            "datasets": {
                "panel": {
                    "accounts": self.names,
                    "videos": {"of": "accounts", "during": list(PANEL_DAYS), "waves": waves},
                },
                "tags": {"videos": {"where": tagged(self.tags), "during": list(TAG_DAYS), "waves": waves}},
                "moving": {"videos": moving},
            },
        }

    def move(self, moment: datetime) -> None:
        for key in (OWN, CRAWL):
            answer = requests.post(
                f"{self.server.url}/__mock__/clock",
                json={"tenant": key, "to": moment.isoformat(), "freeze": True},
                headers={"X-Mock-Admin-Token": ADMIN},
                timeout=10,
            )
            answer.raise_for_status()

    def crawl(self, week: int) -> None:
        """What the server returns now for the study as it is worded now."""
        self.needed = 0
        last = (START + EVERY * week).date() - timedelta(1)
        searches = {
            "panel": [({"and": [condition("username", some)]}, PANEL_DAYS) for some in chunks(self.names, 50)],
            "tags": [(tagged_query(self.tags), TAG_DAYS)],
            "moving": [(tagged_query(TAGS[:1]), (f"{last - timedelta(13)}", f"{last}"))],
        }
        for dataset, queries in searches.items():
            videos: Seen = {}
            for query, days in queries:
                for video in self.search(query, days):
                    videos[video["id"]] = video["view_count"]
                    self.authors[video["id"]] = video["username"]
                    self.hashtags[video["id"]] = set(video["hashtag_names"])
            self.seen[dataset].setdefault(week, []).append(videos)

    def search(self, query: dict[str, Any], days: tuple[str, str]) -> list[dict[str, Any]]:
        token = requests.post(
            f"{self.server.url}/v2/oauth/token/",
            data={"client_key": CRAWL, "client_secret": "mock-secret", "grant_type": "client_credentials"},
            timeout=10,
        ).json()["access_token"]
        start, end = (day.replace("-", "") for day in days)
        body = {"query": query, "start_date": start, "end_date": end, "max_count": 100}
        found: list[dict[str, Any]] = []
        while True:
            answer = requests.post(
                f"{self.server.url}/v2/research/video/query/?fields=id,username,view_count,hashtag_names",
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
            ).json()
            data = answer["data"]
            self.needed += 1
            found += data["videos"]
            if not data["has_more"]:
                return found
            body |= {"cursor": data["cursor"], "search_id": data["search_id"]}


def main(seed: int) -> None:
    server = start_mock_server()
    try:
        with tempfile.TemporaryDirectory() as root:
            half_year(Lab(server, Path(root, "lab"), [], TAGS[:2]), random.Random(seed))  # noqa: S311
    finally:
        server.process.kill()


def half_year(lab: Lab, chance: random.Random) -> None:
    lab.folder.mkdir()
    lab.move(START)
    authors = sorted({each["username"] for each in lab.search(tagged_query(["fyp"]), PANEL_DAYS)})
    lab.names = chance.sample(authors, 60)
    spare = [each for each in authors if each not in lab.names]
    numbers = f"{'runs':>5}{'needed':>8}{'sent':>6}{'used':>6}{'observations':>14}{'differ':>8}{'gone':>6}{'as of':>7}"
    print(f"{'week':>4} {'what happened':34}{numbers}", flush=True)
    for week in range(WEEKS):
        event = edit(lab, week, chance, spare)
        moment = START + EVERY * week
        lab.move(moment)
        lab.crawl(week)
        runs = build(lab, week, moment, crash=week == 9)
        if week == 14:
            lose_folder(lab)
            build(lab, week, moment, crash=False)
        if week == 22:
            write_as_earlier(lab.folder)
            ttdata(lab, "upgrade")
            build(lab, week, moment, crash=False)
        report(lab, week, event, runs)
    print("\n" + ttdata(lab, "status"))


def ttdata(lab: Lab, *arguments: str) -> str:
    return subprocess.run(
        words("-m", "ttdata", *arguments),
        cwd=lab.folder,
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    ).stdout


def edit(lab: Lab, week: int, chance: random.Random, spare: list[str]) -> str:
    """What is edited before a week's run."""
    if week == 3:
        lab.names[17] = spare.pop()
        return "a handle is corrected"
    if week == 6:
        lab.names.append(spare.pop())
        return "an account is added"
    if week == 8:
        lab.tags = TAGS[:3]
        return "a hashtag is added"
    if week == 11:
        lab.names.remove(chance.choice(lab.names))
        return "an account is removed"
    if week == 17:
        lab.tags = TAGS[1:3]
        return "a hashtag is removed"
    if week == 20:
        chance.shuffle(lab.names)
        return "the list is sorted otherwise"
    events = {9: "the machine crashes", 14: "all but the study and raw is lost", 22: "ttdata is upgraded"}
    return events.get(week, "")


def build(lab: Lab, week: int, moment: datetime, *, crash: bool) -> int:
    """Run the same command until the study is built; the quota may take days. Returns the number of runs."""
    (lab.folder / "study.yaml").write_text(yaml.safe_dump(lab.study(), sort_keys=False))
    options = ("-m", "snakemake", "--snakefile", PROJECT / "Snakefile", "--configfile", "study.yaml")
    for runs in range(1, 12):
        run = subprocess.Popen(
            words(*options),
            cwd=lab.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if crash and runs == 1:
            time.sleep(3)
            os.killpg(run.pid, signal.SIGKILL)
        said = run.communicate()[0].decode()
        if run.returncode == 0:
            return runs
        if run.returncode == 75:
            moment = datetime.combine(moment.date() + timedelta(1), datetime.min.time(), UTC) + timedelta(hours=1)
            lab.move(moment)
            lab.crawl(week)
        elif run.returncode != -signal.SIGKILL:
            sys.exit(f"week {week}: status {run.returncode}\n{said}")
    sys.exit(f"week {week} was not built in 11 runs")


def lose_folder(lab: Lab) -> None:
    """All is lost but the study and the pages."""
    for path in lab.folder.iterdir():
        if path.name not in ("raw", "study.yaml"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def write_as_earlier(folder: Path) -> None:
    """Rewrite raw pages and receipts as the version before format 2 wrote them, as if it had collected them."""
    for path in folder.rglob("*.ndjson.zst"):
        lines = []
        for line in raw_lines.read(path):
            head, _, rest = line.partition(b', "text": ')
            stored = json.loads(head + b"}")
            kept = {key: value for key, value in stored.items() if key not in ("format", "fields")}
            lines.append(json.dumps(kept).encode()[:-1] + b', "text": ' + rest)
        raw_lines.write(path, lines)
    for path in folder.rglob("*.receipt.json"):
        stored = json.loads(path.read_bytes())
        path.write_text(json.dumps({key: stored[key] for key in stored if key not in _NEW_IN_RECEIPTS}))


_NEW_IN_RECEIPTS = ("format", "max", "search", "checksum")


def report(lab: Lab, week: int, event: str, runs: int) -> None:
    """Compare all datasets with the crawls, and print a row."""
    observations = differ = gone = as_of = 0
    for dataset in ("panel", "tags", "moving"):
        with duckdb.connect(str(lab.folder / f"datasets/{dataset}.duckdb"), read_only=True) as con:
            rows = con.execute("SELECT video_id, observed_at, view_count FROM video_observations").fetchall()
            found_gone = {each for (each,) in con.execute("SELECT id FROM videos_gone").fetchall()}
            found_now = {each for (each,) in con.execute("SELECT id FROM videos").fetchall()}
            observations += len(rows)
            found = {(video, week_of(moment), views) for video, moment, views in rows}
            certain, possible = expected(lab, dataset)
            differ += len(found - possible) + len(certain - {each[:2] for each in found})
            ever = {video for video, _, _ in found}
            gone += len(found_gone ^ (ever - found_now))
            if dataset != "moving":
                as_of += differing_days(lab, con, dataset, week)
    status = json.loads(ttdata(lab, "status", "--json"))
    sent, used = int(status["requests_sent"]), int(status["requests_used"])
    requests_ = f"{runs:5}{lab.needed:8}{sent - lab.sent:6}{used:6}"
    print(f"{week:4} {event:34}{requests_}{observations:14,}{differ:8}{gone:6}{as_of:7}", flush=True)
    lab.sent = sent


def expected(lab: Lab, dataset: str) -> tuple[set[tuple[int, int]], set[tuple[int, int, int]]]:
    """What has to be observed, by video and week, and what may be, with its views; in the present scope.

    A week that the quota stopped has several moments, and nobody knows which part was requested at which.
    """
    certain: set[tuple[int, int]] = set()
    possible: set[tuple[int, int, int]] = set()
    for week, moments in lab.seen[dataset].items():
        inside = [{video for video in moment if in_scope(lab, dataset, video)} for moment in moments]
        certain |= {(video, week) for video in set.intersection(*inside)}
        for moment, videos in zip(moments, inside, strict=True):
            possible |= {(video, week, moment[video]) for video in videos}
    return certain, possible


def in_scope(lab: Lab, dataset: str, video: int) -> bool:
    if dataset == "panel":
        return lab.authors[video] in lab.names
    return dataset == "moving" or bool(lab.hashtags[video] & set(lab.tags))


def differing_days(lab: Lab, con: duckdb.DuckDBPyConnection, dataset: str, week: int) -> int:
    """Earlier weeks whose dataset, seen from today, is not what the crawl of that week has in the present scope."""
    differing = 0
    for earlier in range(max(0, week - 6), week + 1):
        day = START + EVERY * earlier + timedelta(6)
        found = {each for (each,) in con.execute("SELECT id FROM videos_as_of(?)", [f"{day.date()}"]).fetchall()}
        crawled = [{each for each in moment if in_scope(lab, dataset, each)} for moment in lab.seen[dataset][earlier]]
        differing += found not in crawled and not (set.intersection(*crawled) <= found <= set.union(*crawled))
    return differing


def week_of(moment: datetime) -> int:
    return (moment.replace(tzinfo=UTC) - datetime.combine(START.date(), datetime.min.time(), UTC)) // EVERY


def tagged(tags: Sequence[str]) -> dict[str, Any]:
    return {"any": [{"hashtag_name": list(tags)}]}


def tagged_query(tags: Sequence[str]) -> dict[str, Any]:
    return {"or": [condition("hashtag_name", tags)]}


def condition(name: str, values: Sequence[str]) -> dict[str, Any]:
    return {"operation": "IN" if len(values) > 1 else "EQ", "field_name": name, "field_values": list(values)}


def chunks(values: list[str], size: int) -> list[list[str]]:
    return [values[first : first + size] for first in range(0, len(values), size)]


def words(*arguments: object) -> list[str]:
    return [sys.executable, *map(str, arguments)]


def environment() -> dict[str, str]:
    own = {"PYTHONPATH": str(PROJECT), "TIKTOK_CLIENT_KEY": OWN, "TIKTOK_CLIENT_SECRET": "mock-secret"}
    return os.environ | own


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1)
