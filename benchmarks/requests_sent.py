"""Requests that builds send, divided by the fewest that could have returned the same: the example studies.

    python benchmarks/requests_sent.py [NAME ...]

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

RUNS = 40  # at most, of one build


def sent_and_least(study: Path, directory: Path, key: str) -> tuple[int, int]:
    """The requests of a build, and the fewest possible. Ends with the build's message if it fails."""
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
    return sum(each["requests"] for each in receipts), sum(each["least"] for each in receipts)


def main(names: list[str]) -> None:
    print(f"{'':30}{'no quirks':>22}{'quirks=observed':>24}")
    with TemporaryDirectory() as folder:
        copytree(ROOT / "studies", Path(folder, "studies"))
        for study in sorted(Path(folder, "studies").glob("*.yaml")):
            if not names or study.stem in names:
                cells = []
                for number, key in enumerate(("mock:", "mock:quirks=observed")):
                    directory = Path(folder, f"{study.stem}-{number}")
                    directory.mkdir()
                    sent, least = sent_and_least(study, directory, key)
                    cells.append(f"{f'{sent:,} / {least:,}':>15} {sent / least:5.3f}")
                print(f"{study.stem:30}{cells[0]:>22}{cells[1]:>24}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
