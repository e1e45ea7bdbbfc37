"""Requests that builds send, divided by the fewest that could have returned the same: the example studies.

    python benchmarks/requests_sent.py [NAME ...]

The fewest are the pages that the records take, and the requests that the server failed: each has to be sent again.
Each study is built twice by Snakemake with the bundled server, and run again after each stop: without quirks, and with
those that were observed in real data collection (quirks=observed).
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from in_turn import ROOT

from ttdata.store.raw_files import stored_lines

RUNS = 40  # at most, of one build


def sent_failed_least(study: Path, directory: Path, key: str) -> tuple[int, int, int]:
    """The requests of a build, those that the server failed, and the fewest without failures.

    Ends with the build's message if it does not succeed.
    """
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "TIKTOK_CLIENT_KEY": key,
        "TIKTOK_CLIENT_SECRET": "mock-secret",
    }
    command = (sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--configfile", study)
    for _ in range(RUNS):
        build = subprocess.run(
            [*map(str, command), "--directory", str(directory), "--cores", "2"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if build.returncode not in (1, 75):
            break
    if build.returncode:
        sys.exit(f"{study.stem} with {key} was not built:\n{build.stdout}{build.stderr}")
    receipts = [json.loads(path.read_text()) for path in directory.glob("raw/*/*/*.receipt.json")]
    failed = sum(line.failed for path in directory.glob("raw/*/*/*.zst") for line in stored_lines(path))
    return sum(each["requests"] for each in receipts), failed, sum(each["least"] for each in receipts)


def main(names: list[str]) -> None:
    print(f"{'':22}{'no quirks: sent, fewest':>29}{'observed: sent, failed, fewest':>36}")
    with TemporaryDirectory() as folder:
        copytree(ROOT / "studies", Path(folder, "studies"))
        for study in sorted(Path(folder, "studies").glob("*.yaml")):
            if not names or study.stem in names:
                line = f"{study.stem:22}"
                for key in ("mock:", "mock:quirks=observed"):
                    directory = Path(folder, f"{study.stem}-{'observed' if '=' in key else 'clean'}")
                    directory.mkdir()
                    sent, failed, least = sent_failed_least(study, directory, key)
                    numbers = (sent, failed, least) if "=" in key else (sent, least)
                    line += "".join(f"{number:>8,}" for number in numbers) + f"  ratio {sent / (least + failed):5.3f}"
                print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
