"""The workflow as a module of another one, which draws a figure from a dataset."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.support import PROJECT, Outcome, command, small_study, until

pytestmark = pytest.mark.slow

OUTER = """
configfile: "inputs/settings.yaml"

module tiktok:
    snakefile: "{snakefile}"
    config: config["tiktok"]
    {more}

use rule * from tiktok as tiktok_*

rule figure:
    default_target: True
    input: "datasets/small.duckdb"
    output: "figure.svg"
    shell: "echo prefix=$OUTER; {python} draw.py {{input}} {{output}}"

onerror:
    from ttdata.workflow.module import pass_on_status
    pass_on_status()
"""
DRAW = """
import sys, duckdb
rows = duckdb.connect(sys.argv[1], read_only=True).sql("SELECT region_code, count(*) FROM videos GROUP BY 1 ORDER BY 1")
bars = "".join(f'<rect y="{20 * n}" width="{many}" height="15"/>' for n, (_, many) in enumerate(rows.fetchall()))
open(sys.argv[2], "w").write(f'<svg xmlns="http://www.w3.org/2000/svg">{bars}</svg>')
"""


def outer_workflow(folder: Path, more: str = "", **changes: Any) -> None:
    study = small_study(**changes)
    study["datasets"]["small"]["videos"]["where"]["all"] = [{"region_code": {"file": "regions.txt"}}]
    (folder / "inputs").mkdir()
    (folder / "inputs/regions.txt").write_text("US\nGB\nDE\n")
    (folder / "inputs/settings.yaml").write_text(yaml.safe_dump({"tiktok": study}))
    (folder / "draw.py").write_text(DRAW)
    text = OUTER.format(snakefile=PROJECT / "Snakefile", python=sys.executable, more=more)
    (folder / "Snakefile").write_text('shell.prefix("export OUTER=mine; ")\n' + text)


def snakemake(folder: Path) -> Outcome:
    return command(str(Path(sys.executable).parent / "snakemake"), "--cores", "2", directory=folder)


def servers(folder: Path) -> list[Path]:
    """The processes of mock servers that were started in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"mockserver" in (process / "cmdline").read_bytes() and (process / "cwd").readlink() == folder:
                found.append(process)
    return found


def test_an_outer_workflow_draws_a_figure_from_a_dataset(tmp_path: Path) -> None:
    outer_workflow(tmp_path)
    outcome = snakemake(tmp_path)
    assert outcome.status == 0, outcome.said
    assert "<rect" in (tmp_path / "figure.svg").read_text()
    assert "prefix=mine" in outcome.said
    assert "rule tiktok_build" in outcome.said, "the outer workflow logs as usual"
    with duckdb.connect(str(tmp_path / "datasets/small.duckdb"), read_only=True) as con:
        assert con.execute("SELECT count(DISTINCT region_code) > 1 FROM videos").fetchall() == [(True,)]
    until(lambda: not servers(tmp_path))
    assert "Nothing to be done" in snakemake(tmp_path).said


def test_a_stop_at_the_quota_ends_the_outer_workflow_with_status_75_and_the_same_command_continues(
    tmp_path: Path,
) -> None:
    outer_workflow(tmp_path, api={"base_url": "mock", "tenant": "quota=30"})
    outcome = snakemake(tmp_path)
    assert outcome.status == 75, outcome.said
    assert "run the same command again later" in " ".join(outcome.said.split())
    for _ in range(20):
        if (outcome := snakemake(tmp_path)).status != 75:
            break
    assert outcome.status == 0, outcome.said


def test_the_server_ends_with_an_outer_workflow_that_is_killed(tmp_path: Path) -> None:
    outer_workflow(tmp_path, api={"base_url": "mock", "tenant": "quirks=slow-comments"})
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "snakemake"), "--cores", "2"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: bool(servers(tmp_path)))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    until(lambda: not servers(tmp_path))


@pytest.mark.parametrize("prefix", ['prefix: "results"'])
def test_a_prefix_is_rejected_with_a_reason(tmp_path: Path, prefix: str) -> None:
    outer_workflow(tmp_path, prefix)
    outcome = snakemake(tmp_path)
    assert outcome.status == 1
    assert "which ttdata does not support. Leave it out" in " ".join(outcome.said.split())
    assert "Traceback" not in outcome.said


def test_snakemake_has_only_one_remark_on_the_workflow(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text((PROJECT / ".test/config.yaml").read_text())
    snakefile = ("--snakefile", str(PROJECT / "Snakefile"))
    outcome = command(str(Path(sys.executable).parent / "snakemake"), *snakefile, "--lint", directory=tmp_path)
    remarks = {line.strip() for line in outcome.said.splitlines() if line.strip().startswith("* ")}
    assert remarks == {"* Specify a conda environment or container for each rule.:"}
