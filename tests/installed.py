"""ttdata installed by its name, as after its publication: from a wheel of this checkout, in a folder where pip looks.

uv takes the place of pip where a test is not about pip: with its cache, an environment is made in seconds.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support import PROJECT, checkout_files

UV = (sys.executable, "-m", "uv")
EXTRAS = "ttdata[data,mock]"
# uv trusts its own certificates only, and pip those of the machine: behind some proxies only pip would get through.
# Two names of one setting, before and after uv 0.9.
os.environ |= {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}

# Leaves out the option that forbids a cache: without one, each test would download all packages.
PIP = f"""#!/bin/bash
[ "$1" = install ] || exit 2
[ "$2" = --no-cache-dir ] && shift
exec "{sys.executable}" -m uv pip install --quiet --python "$(dirname "$0")/python" "${{@:2}}"
"""


def build_wheel(folder: Path) -> None:
    """Build the wheel of this checkout, from a copy so that no build folder is left in it."""
    for name in checkout_files():
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "source" / name).write_bytes((PROJECT / name).read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), "."]
    subprocess.run(build, cwd=folder / "source", check=True, capture_output=True)


def links(wheel: Path) -> dict[str, str]:
    """The variables by which pip and uv find a wheel by its name, besides what they find without it."""
    folders = [str(wheel.parent), *os.environ.get("PIP_FIND_LINKS", "").split()]
    return {"PIP_FIND_LINKS": " ".join(folders), "UV_FIND_LINKS": ",".join(folders)}


def uv(*words: object, **environment: str) -> None:
    """Run uv. Skips the test where no package index answers, as on a train."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [*UV, *map(str, words)], env=own | environment, capture_output=True, text=True, timeout=500, check=False
    )
    if done.returncode and not index_answers():
        pytest.skip("no package index answers")
    assert done.returncode == 0, done.stderr


@cache
def index_answers() -> bool:
    with TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-cache-dir", "-d", folder, "click"]
        return subprocess.run(download, capture_output=True, check=False).returncode == 0


def install(environment: Path, wheel: Path) -> None:
    """Install ttdata with its extras by name into a new environment."""
    uv("venv", "--quiet", "--python", sys.executable, environment)
    uv("pip", "install", "--quiet", "--python", environment / "bin" / "python", EXTRAS, **links(wheel))


def write_pip(programs: Path) -> None:
    """Give an environment without pip a program of that name, which installs with uv."""
    (programs / "pip").write_text(PIP)
    (programs / "pip").chmod(0o755)
