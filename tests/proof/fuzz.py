"""Damaged input of every kind ends with a sentence: no traceback, no hang, no file outside the folder."""

import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import yaml
from click.testing import CliRunner

from mockserver.core import Core, Request, Response
from tests.proof.result import Result
from tests.support import FOLDER, small_study
from tests.ttdata.worlds import collect_study, mock_tenant
from ttapi import TikTokError
from ttdata.build.dataset import build
from ttdata.cli.main import main
from ttdata.errors import Fault

LONGEST = 5.0  # seconds
ODD = (b"\0", b"\xff\xfe", b"[[[[", b'"', b"1e999", b"../../x", b"null", b"{}")
NAME = "small"
STATUSES = (0, 1, 2, 75)
ASSEMBLE = f"assemble --plan plan.json --dataset {NAME} --out datasets/again.duckdb"
# What reads each kind of file.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "config.yaml": ("plan config.yaml",),
    "lists/tags.txt": ("plan config.yaml",),
    "plan.json": ("status", ASSEMBLE, "refresh --json"),
    "raw/*/*/*.ndjson.zst": ("plan config.yaml", "status", ASSEMBLE, "purge --dry-run --user somebody.1"),
    "raw/*/*/*.receipt.json": ("plan config.yaml", "status", ASSEMBLE),
    "ids/*/*.txt": ("status", ASSEMBLE),
    "datasets/*.duckdb": ("show", "digest datasets/small.duckdb", "cite", "status"),
    "package.zip": ("verify package.zip",),
    "refresh/tombstones.json": ("status", "plan config.yaml"),
    ".ttdata/clock.json": ("status", "plan config.yaml"),
}


def damaged_files(trials: int, seed: int) -> Result:
    """Files of a built study with some of their bytes changed, cut off, doubled, or replaced by those of another."""
    result = Result()
    with _built(seed) as folder:
        for number in range(trials):
            chance = random.Random(seed * 1_000_003 + number)
            pattern = chance.choice(sorted(COMMANDS))
            path = chance.choice(sorted(folder.glob(pattern)))
            content = path.read_bytes()
            path.write_bytes(damaged(content, chance))
            for command in COMMANDS[pattern]:
                failure = _run(command)
                result.check(not failure, f"trial {number}, {path.relative_to(folder)}: ttdata {command}: {failure}")
            path.write_bytes(content)
        outside = [each.name for each in folder.parent.iterdir() if each != folder]
        result.check(not outside, f"files outside the folder: {outside}")
    return result


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Some bytes with damage."""
    data = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 3, 20])):
        at = chance.randrange(len(data) + 1)
        size = min(chance.choice([1, 1, 4, 64, 1000]), len(data) - at)
        kind = chance.randrange(6)
        if kind == 0:
            data[at : at + size] = chance.randbytes(size)
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            data[at:at] = data[at : at + size]
        elif kind == 3:
            data[at : at + size] = chance.choice(ODD)
        elif kind == 4:
            del data[at : at + size]
        else:
            data[at : at + size] = b"\xf0\x9f\x92\xa9" * (size // 4 + 1)
    return bytes(data)


def _run(command: str) -> str:
    """What is wrong with how a command ends; "" if nothing is."""
    started = time.monotonic()
    outcome = CliRunner().invoke(main, command.split())
    seconds = time.monotonic() - started
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        return f"{type(outcome.exception).__name__}: {outcome.exception}"
    if outcome.exit_code not in STATUSES:
        return f"status {outcome.exit_code}"
    return f"{seconds:.1f} seconds" if seconds > LONGEST else ""


@contextmanager
def _built(seed: int) -> Iterator[Path]:
    """A built study in the only folder of a new folder, which is the current one."""
    before, root = Path.cwd(), Path(tempfile.mkdtemp())
    folder = root / "study"
    folder.mkdir()
    os.chdir(folder)
    try:
        study = small_study()
        videos = study["datasets"][NAME]["videos"]
        with mock_tenant(f"seed={seed}") as connect:
            plan = collect_study(study, connect)
        build(plan, NAME, FOLDER.dataset(NAME))
        plan.write(FOLDER.plan)
        Path("lists").mkdir()
        Path("lists/tags.txt").write_text("\n".join(videos["where"]["any"][0]["hashtag_name"]))
        videos["where"]["any"][0]["hashtag_name"] = {"file": "lists/tags.txt"}
        Path("config.yaml").write_text(yaml.safe_dump(study))
        FOLDER.clock.parent.mkdir(exist_ok=True)
        FOLDER.clock.write_text('{"open.tiktokapis.com": 1.5}\n')
        FOLDER.refreshes.mkdir()
        FOLDER.tombstones.write_text('{"form": "id", "entries": {"video": {}, "comment": {}, "user": {}}}\n')
        CliRunner().invoke(main, ["package", "--profile", "public", "--out", "package.zip"])
        yield folder
    finally:
        os.chdir(before)
        shutil.rmtree(root)


def damaged_answers(trials: int, seed: int) -> Result:
    """Answers of the API with damage: an error that is known, or a complete collection."""
    result = Result()
    for number in range(trials):
        chance = random.Random(seed * 1_000_003 + number)
        with tempfile.TemporaryDirectory() as folder, mock_tenant(core=_Damaging(chance)) as connect:
            failure = _collected(Path(folder), connect)
        result.check(not failure, f"trial {number}: {failure}")
    return result


class _Damaging(Core):
    """A mock server that damages some of its answers."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    def handle(self, request: Request) -> Response:
        response = super().handle(request)
        if "/research/" in request.path and self._chance.random() < 0.2:
            return replace(response, body=damaged(response.body, self._chance))
        return response


def _collected(folder: Path, connect: Callable[..., object]) -> str:
    before = Path.cwd()
    os.chdir(folder)
    try:
        plan = collect_study(small_study(), connect)  # type: ignore[arg-type]
        build(plan, NAME, FOLDER.dataset(NAME))
    except (Fault, TikTokError):
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        os.chdir(before)
    return ""


BODY = b"""{"query": {"and": [{"operation": "IN", "field_name": "region_code", "field_values": ["US", "DE"]}]},
"start_date": "20250101", "end_date": "20250110", "max_count": 5, "username": "anna", "video_id": 7}"""
PATHS = ("/v2/research/video/query/", "/v2/research/user/info/", "/v2/research/video/comment/list/", "/__mock__/rows")


def random_requests(trials: int, seed: int) -> Result:
    """Requests to the mock server with damage: each has an answer, and none is its own failure."""
    result, core = Result(), Core()
    grant = b"client_key=mock:quota=1000000&client_secret=mock-secret&grant_type=client_credentials"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    token = json.loads(core.handle(Request("POST", "/v2/oauth/token/", "", form, grant)).body)["access_token"]
    for number in range(trials):
        chance = random.Random(seed * 1_000_003 + number)
        path, method = chance.choice(PATHS), chance.choice(["POST", "POST", "POST", "GET", "PUT"])
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if chance.random() < 0.2:
            headers = {name: damaged(value.encode(), chance).decode("latin-1") for name, value in headers.items()}
        query = damaged(b"fields=id,username", chance).decode("latin-1") if chance.random() < 0.3 else "fields=id"
        try:
            status = core.handle(Request(method, path, query, headers, damaged(BODY, chance))).status
            result.check(200 <= status < 600 and status != 500, f"trial {number}: {path} answered {status}")
        except Exception as error:
            result.check(False, f"trial {number}: {path}: {type(error).__name__}: {error}")
    return result
