"""What the tests of several folders share: a mock server, small studies, commands as a user types them."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml
import zstandard

from ttdata.store.paths import Folder

PROJECT = Path(__file__).parents[1]
FOLDER = Folder()
Once = Callable[[str, Callable[[Path], object]], Path]
MOCK_SECRET = "mock-secret"
ADMIN = "admin-of-the-tests"


@dataclass(frozen=True)
class MockServer:
    """A running mock server, whose clocks can be moved."""

    url: str
    process: "subprocess.Popen[str]"

    def move_clock(self, key: str, to: str) -> None:
        answer = requests.post(
            f"{self.url}/__mock__/clock",
            json={"tenant": key, "to": to},
            headers={"X-Mock-Admin-Token": ADMIN},
            timeout=10,
        )
        answer.raise_for_status()


def start_mock_server(*arguments: str) -> MockServer:
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "--port", "0", "--admin-token", ADMIN, *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    address = re.search(r"http://\S+:\d+", process.stdout.readline())
    assert address, "the server did not say where it listens"
    return MockServer(address.group(), process)


def small_study(**changes: Any) -> dict[str, Any]:
    """A study over two windows that finds some dozens of videos; `changes` replace top-level keys."""
    return {
        "study": "small",
        "api": {"base_url": "mock"},
        "datasets": {
            "small": {
                "videos": {
                    "where": {"all": [{"region_code": ["US", "GB", "DE"]}], "any": [{"hashtag_name": ["fyp"]}]},
                    "during": ["2025-01-01", "2025-02-15"],
                },
                "comments": {"of": "videos", "top": {"by": "view_count", "k": 4}},
                "users": {"of": "videos", "top": {"by": "view_count", "k": 6}},
            }
        },
    } | changes


def s3_environment(address: str, folder: Path) -> dict[str, str]:
    """How a client finds a server that imitates S3. folder: has none of the client's own files."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-tests",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(folder / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-credentials"),
        "AWS_ENDPOINT_URL": address,
    }


@dataclass(frozen=True)
class Outcome:
    """The exit status of a command, and its standard output and standard error together."""

    status: int
    said: str


def snakemake(
    study: Mapping[str, Any], directory: Path, *options: str, key: str = "", secret: str = MOCK_SECRET
) -> Outcome:
    """Run Snakemake on a study in a folder of its own, as a user would."""
    directory.mkdir(exist_ok=True)
    file = directory / "study.yaml"
    text = yaml.safe_dump(dict(study), sort_keys=False)
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
    return snakemake_on(file, directory, *options, key=key, secret=secret)


def snakemake_on(file: Path, directory: Path, *options: str, key: str = "", secret: str = MOCK_SECRET) -> Outcome:
    """Run Snakemake on a study's file."""
    return command(
        str(Path(sys.executable).parent / "snakemake"),
        *("--snakefile", str(PROJECT / "Snakefile"), "--configfile", str(file), "--directory", str(directory)),
        *options,
        **({"TIKTOK_CLIENT_KEY": key, "TIKTOK_CLIENT_SECRET": secret} if key else {}),
    )


def ttdata(*arguments: object, directory: Path | None = None, **environment: str) -> Outcome:
    """Run `python -m ttdata`."""
    return command(sys.executable, "-m", "ttdata", *map(str, arguments), directory=directory, **environment)


def command(*words: str, directory: Path | None = None, **environment: str) -> Outcome:
    process = subprocess.run(
        words,
        cwd=directory,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return Outcome(process.returncode, process.stdout)


def checkout_files() -> list[str]:
    """The files of this checkout, except those that git ignores."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if (PROJECT / name).is_file()]


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true in other processes or threads. Fails after 30 seconds."""
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.03)
    raise AssertionError("it did not happen within 30 seconds")


def journal(path: Path) -> list[dict[str, Any]]:
    """The stored lines of a raw file, in order."""
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as reader:
        return [json.loads(line) for line in reader.read().splitlines()]


def values_in(content: Any) -> Iterator[Any]:
    """All values in JSON, without its keys."""
    if isinstance(content, dict | list):
        for each in content.values() if isinstance(content, dict) else content:
            yield from values_in(each)
    else:
        yield content
