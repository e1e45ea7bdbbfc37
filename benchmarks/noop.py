"""A build with nothing to do, compared with Snakemake itself on a workflow with the same jobs and nothing else.

    python benchmarks/noop.py [ROUNDS]

The default study is built first. The other workflow has one rule per rule of this one, with as many jobs and files.
"""

import re
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from in_turn import ROOT, in_turn, run, table

OURS, BARE = "ttdata, nothing to do", "Snakemake, nothing to do"
SNAKEMAKE = (sys.executable, "-m", "snakemake")
BARE_WORKFLOW = """
SHARDS = range(4)
rule all:
    input: "dataset.txt", "report.txt"
rule plan:
    output: "plan.txt"
    shell: "touch {output}"
rule collect:
    input: ancient("plan.txt")
    output: "slice-{number}.txt"
    shell: "touch {output}"
rule rank:
    input: "plan.txt", expand("slice-{number}.txt", number=range(3))
    output: "ids-{source}.txt"
    shell: "touch {output}"
rule collect_shard:
    input: "plan.txt", "ids-{source}.txt"
    output: "shard-{source}-{number}.txt"
    shell: "touch {output}"
rule build:
    input:
        expand("slice-{number}.txt", number=range(3)),
        expand("shard-{source}-{number}.txt", source=["comments", "users"], number=SHARDS),
    output: "dataset.txt"
    shell: "touch {output}"
rule audit:
    input: "dataset.txt"
    output: "report.txt"
    shell: "touch {output}"
"""


def jobs(output: str) -> str:
    """The number of jobs in the table that Snakemake prints."""
    found = re.findall(r"^total\s+(\d+)", output, re.MULTILINE)
    return found[0] if found else "?"


def main(rounds: int = 5) -> None:
    profile = ("--workflow-profile", ROOT / "profiles" / "default")
    with TemporaryDirectory() as name:
        ours, bare = Path(name, "ours"), Path(name, "bare")
        ours.mkdir()
        bare.mkdir()
        (bare / "Snakefile").write_text(BARE_WORKFLOW)
        build = (*SNAKEMAKE, "--snakefile", ROOT / "Snakefile", *profile, "--configfile", ROOT / "config.yaml")
        touch = (*SNAKEMAKE, "--cores", "2", "--quiet")
        run(*build, folder=ours)
        output = run(*SNAKEMAKE, "--cores", "2", folder=bare).output
        sides = {BARE: partial(run, *touch, folder=bare), OURS: partial(run, *build, folder=ours)}
        runs = in_turn(sides, rounds)
    print(f"{jobs(output)} jobs, {rounds} rounds\n{table(runs, BARE)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
