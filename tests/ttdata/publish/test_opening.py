"""`ttdata open`: what it prints can be pasted, and what it serves is the dataset, to this machine alone."""

import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
import requests
from click.testing import CliRunner, Result

from ttdata.cli.main import main
from ttdata.publish.opening import exports_folder, recipes


@pytest.fixture
def dataset(own_dataset: Path) -> Path:
    """A dataset of its own for each test."""
    return own_dataset


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["open", *words])


def code(dataset: Path, program: str) -> str:
    (recipe,) = [each for each in recipes(dataset) if each.program == program]
    return "\n".join(recipe.lines)


def printed_ids(dataset: Path, program: str, check: str) -> list[str]:
    """The ids that a program has after the code, pasted into a new Python in another folder."""
    result = subprocess.run(
        [sys.executable, "-c", f"{code(dataset, program)}\n{check}"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.split()


def ids(dataset: Path, column: str) -> list[str]:
    with duckdb.connect(str(dataset), read_only=True) as con:
        return [str(each) for (each,) in con.execute(f"SELECT {column} FROM videos ORDER BY id").fetchall()]


def test_every_program_is_named_and_all_paths_are_absolute(dataset: Path) -> None:
    text = run().stdout
    programs = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert programs == ["DuckDB", "Python", "pandas", "polars", "R", "Stata"]
    assert str(dataset.resolve()) in text
    assert run("small").stdout == run(str(dataset)).stdout == text


@pytest.mark.slow
@pytest.mark.parametrize("program", ["pandas", "polars"])
def test_ids_are_exact_even_where_some_are_missing(program: str, dataset: Path) -> None:
    with duckdb.connect(str(dataset)) as con:
        con.execute("UPDATE videos SET music_id = 7302470379501604127")
        con.execute("UPDATE videos SET music_id = NULL WHERE id = (SELECT min(id) FROM videos)")
    for column in ("id", "music_id"):
        values = "videos.sort_values('id')" if program == "pandas" else "videos.sort('id')"
        found = printed_ids(dataset, program, f"print(*{values}['{column}'], sep='\\n')")
        assert [each.replace("None", "NULL").replace("nan", "NULL") for each in found] == [
            each.replace("None", "NULL") for each in ids(dataset, column)
        ]


def test_the_python_code_shows_rows(dataset: Path) -> None:
    assert ids(dataset, "id")[0] in printed_ids(dataset, "Python", "")


@pytest.mark.skipif(not shutil.which("duckdb"), reason="needs DuckDB's command line")
def test_the_duckdb_code_shows_rows(dataset: Path) -> None:
    command, query = code(dataset, "DuckDB").splitlines()
    assert ids(dataset, "id")[0] in subprocess.run(command.split(), input=query, capture_output=True, text=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize(("program", "file"), [("R", "load.R"), ("Stata", "load.do")])
def test_the_export_for_r_and_stata_is_made_by_the_command_in_their_code(
    program: str, file: str, dataset: Path
) -> None:
    first, *rest = code(dataset, program).splitlines()
    command = first.partition(": ")[2].split()
    outcome = CliRunner().invoke(main, command[1:])
    assert outcome.exit_code == 0, outcome.output
    (named,) = re.findall(r'"([^"]+)"', "\n".join(rest))
    folder = Path(named).parent if program == "R" else Path(named)
    assert (folder / file).exists()
    assert folder == exports_folder(dataset)


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("Rscript")
    or subprocess.run(["Rscript", "-e", "library(RSQLite)"], capture_output=True).returncode != 0,
    reason="needs R with the package RSQLite",
)
def test_the_r_code_has_exact_ids(dataset: Path) -> None:
    first, *rest = code(dataset, "R").splitlines()
    CliRunner().invoke(main, first.partition(": ")[2].split()[1:])
    result = subprocess.run(["Rscript", "-e", "\n".join(rest)], capture_output=True, text=True, check=True)
    assert ids(dataset, "id")[0] in result.stdout


def test_a_path_with_a_quote_and_a_blank_can_be_pasted(dataset: Path) -> None:
    odd = Path('it\'s my "study"/datasets/small.duckdb')
    odd.parent.mkdir(parents=True)
    shutil.copy(dataset, odd)
    assert printed_ids(odd, "polars", "print(len(videos))") == [str(len(ids(dataset, "id")))]


# Serving


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_without_datasette_one_message_says_what_to_install(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    outcome = run("--serve")
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert outcome.stderr == '--serve needs the package datasette. Install it: pip install "ttdata[explore]"\n'
    assert not Path("exports").exists()


@pytest.mark.slow
def test_it_serves_the_dataset_to_this_machine_alone_and_read_only(dataset: Path) -> None:
    port = free_port()
    words = [sys.executable, "-m", "ttdata", "open", "--serve", "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            found = answer(f"http://127.0.0.1:{port}/dataset/videos.json?_shape=array&_size=max")
            assert {row["id"] for row in found} == set(ids(dataset, "id"))
            assert answer(f"http://127.0.0.1:{port}/-/databases.json")[0]["is_mutable"] is False
            assert {host for host, at in listening() if at == port} == {"0100007F"}
        finally:
            os.killpg(process.pid, signal.SIGINT)
        output = process.communicate(timeout=20)[0].decode()
    assert process.returncode == 0, output
    assert "Traceback" not in output


def answer(url: str) -> list[dict[str, object]]:
    """What the server answers, as soon as it does."""
    for _ in range(300):
        try:
            response = requests.get(url, timeout=10)
        except requests.ConnectionError:
            time.sleep(0.1)
            continue
        response.raise_for_status()
        content: list[dict[str, object]] = json.loads(response.text)
        return content
    raise AssertionError(f"{url} does not answer")


def listening() -> list[tuple[str, int]]:
    """Address and port of each IPv4 socket of this machine that listens, as Linux lists them."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = [line[1].split(":") for line in lines if line[3] == "0A"]
    return [(host, int(port, 16)) for host, port in local]


def test_a_new_build_is_served_from_a_new_export(dataset: Path) -> None:
    from ttdata.publish.opening import sqlite_export

    first = sqlite_export(dataset)
    time_of_first = first.stat().st_mtime_ns
    assert sqlite_export(dataset).stat().st_mtime_ns == time_of_first
    with duckdb.connect(str(dataset)) as con:
        con.execute("UPDATE study SET digest = 'another'")
    os.utime(dataset, ns=(time_of_first + 10**9, time_of_first + 10**9))
    assert sqlite_export(dataset).stat().st_mtime_ns > time_of_first
