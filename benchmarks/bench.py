"""All speed benchmarks, one after the other, and the page docs/performance.md with what they print.

    python benchmarks/bench.py [DLT]        (or: make bench)

DLT is a folder for an environment with dlt, which is installed there if it is missing.
"""

import subprocess
import sys
from pathlib import Path

from speed_study import machine

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
# Heading, script, its arguments. DLT stands for the environment with dlt.
BENCHMARKS = (
    ("Collecting", "collect.py", ()),
    ("The build step, 10,000 videos", "build_step.py", ("10,000",)),
    ("The build step, 122,000 videos", "build_step.py", ("122,000",)),
    ("The build step, 1,000,000 videos", "build_step.py", ("1,000,000",)),
    ("A whole build, 10,000 videos", "whole_build.py", ("DLT", "10,000")),
    ("A whole build, 122,000 videos", "whole_build.py", ("DLT", "122,000")),
    ("A whole build, 1,000,000 videos", "whole_build.py", ("DLT", "1,000,000", "1")),
    ("A build with nothing to do", "noop.py", ()),
    ("Streams", "streams.py", ("1",)),
    ("Requests", "requests_sent.py", ()),
)
INTRODUCTION = """\
# Performance

How long collecting and building take, next to what is the least possible and to other tools. `make bench` measures all
of it and writes this page; each block below is what its command printed. Both sides of a comparison take turns in one
run, against one mock server on the same machine, so the ratios mean more than the seconds.

The real API answers in about a second per page and allows 1,000 requests per day. There, speed matters only for
rebuilding from stored pages; with the mock server, and in CI, it matters always.

"""


def install_dlt(folder: Path) -> None:
    if not (folder / "bin").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/pip"), "install", "-q", "dlt[duckdb]", "pyarrow", "requests"], check=True)


def main(dlt: str = ".venv-dlt") -> None:
    install_dlt(Path(dlt))
    page = f"{INTRODUCTION}Machine: {machine()}.\n"
    for heading, script, arguments in BENCHMARKS:
        words = [str(HERE / script), *(str(Path(dlt).absolute()) if word == "DLT" else word for word in arguments)]
        print(f"== {heading}", flush=True)
        result = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        output = result.stdout.rstrip() if result.returncode == 0 else f"failed: {result.stderr.strip()[-500:]}"
        print(output, "\n", flush=True)
        command = " ".join(["python", f"benchmarks/{script}", *arguments])
        page += f"\n## {heading}\n\n`{command}`\n\n```text\n{output}\n```\n"
        PAGE.write_text(page)


if __name__ == "__main__":
    main(*sys.argv[1:])
