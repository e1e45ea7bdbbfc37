"""Every console block of the README, run as printed in a new shell."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installed import UV
from tests.support import MOCK_SECRET, PROJECT, MockServer

CONFIG = (PROJECT / "config.yaml").read_text("utf-8")
README = (PROJECT / "README.md").read_text("utf-8")
BLOCKS = {block.split("\n")[0]: block for block in re.findall(r"```console\n(.*?)\n```", README, re.DOTALL)}
FIRST_DATASET = "$ cd ~ && ttdata init climate && cd climate"
INSTALLATION = "$ python3 -m venv ~/ttdata-env"
EXPORT = "$ cd ~/climate && ttdata export --to csv"
CREDENTIALS = "$ export TIKTOK_CLIENT_KEY=… TIKTOK_CLIENT_SECRET=…"
# Files of a clone that an installation needs.
SOURCES = (
    *("ttapi", "ttdata", "mockserver", "rules", "profiles", "studies"),
    *("Snakefile", "config.yaml", "pyproject.toml", "README.md", "LICENSE", "CITATION.cff"),
)


def shell(block: str, folder: Path, path: str) -> str:
    """Run the commands of a block in a new shell, whose home is a folder and also the current one."""
    commands = "\n".join(line[2:] for line in block.splitlines() if line.startswith("$ "))
    environment = {"HOME": str(folder), "PATH": path, "LANG": "C.UTF-8"}
    environment |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_"))}
    process = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert process.returncode == 0, process.stdout
    return process.stdout


@pytest.fixture(scope="module")
def climate(tmp_path_factory: pytest.TempPathFactory, installed: Path) -> tuple[Path, str]:
    """The home of someone who has installed ttdata and run the first block, and what was printed."""
    home = tmp_path_factory.mktemp("home")
    return home, shell(BLOCKS[FIRST_DATASET], home, f"{installed}:/usr/bin:/bin")


def test_every_block_is_run() -> None:
    assert set(BLOCKS) == {FIRST_DATASET, INSTALLATION, EXPORT, CREDENTIALS}


@pytest.mark.slow
def test_the_first_block_prints_what_it_shows(climate: tuple[Path, str]) -> None:
    # The same numbers and the same digest on every machine, or the README is wrong.
    home, printed = climate
    lines = printed.replace(str(home), "/home/you").splitlines()
    shown = [line for line in BLOCKS[FIRST_DATASET].splitlines() if not line.startswith(("$ ", "(http"))]
    assert [line for line in shown if line not in lines] == []
    assert (home / "climate" / "reports" / "climate.html").exists()


@pytest.mark.slow
def test_the_python_block_can_be_run(climate: tuple[Path, str], installed: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    folder = climate[0] / "climate"
    result = subprocess.run([installed / "python", "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert "klima" in result.stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_the_r_block_can_be_run(climate: tuple[Path, str], installed: Path) -> None:
    (code,) = re.findall(r"```r\n(.*?)```", README, re.DOTALL)
    shell(BLOCKS[EXPORT], climate[0], f"{installed}:/usr/bin:/bin")
    folder = climate[0] / "climate"
    result = subprocess.run(["Rscript", "-e", code], cwd=folder, capture_output=True, text=True, check=False)
    if "there is no package called" in result.stderr:
        pytest.skip(result.stderr.strip().splitlines()[-1])
    assert result.returncode == 0, result.stderr
    assert re.search(r"\b7\d{18}\b", result.stdout), "ids keep all digits"


@pytest.mark.slow
def test_the_block_with_credentials_builds_from_the_server_that_the_study_names(
    tmp_path: Path, installed: Path, mock_server: MockServer
) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG.replace("base_url: mock", f"base_url: {mock_server.url}"))
    block = BLOCKS[CREDENTIALS].replace("KEY=…", "KEY=mock").replace("SECRET=…", f"SECRET={MOCK_SECRET}")
    printed = shell(block, tmp_path, f"{installed}:/usr/bin:/bin")
    assert f"Building climate-on-tiktok from {mock_server.url}" in printed
    assert "a350a356826a1564793c1b871472ac99dd229cd77ec832c30749613af8e3813d" in printed


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The home of someone who has cloned the repository there, with the Python of the tests in its folder bin."""
    for name in SOURCES:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    return tmp_path


@pytest.mark.slow
def test_the_installation_in_an_empty_environment_builds_the_first_dataset(clone: Path) -> None:
    system = f"{clone / 'bin'}:/usr/bin:/bin"
    printed = shell(f"{BLOCKS[INSTALLATION]}\n{BLOCKS[FIRST_DATASET]}", clone, system)
    assert "a350a356826a1564793c1b871472ac99dd229cd77ec832c30749613af8e3813d" in printed


@pytest.mark.slow
def test_the_installation_with_uv_takes_one_step(clone: Path) -> None:
    (step,) = re.findall(r"`(uv tool install [^`]*)`", README)
    (clone / "bin" / "uv").symlink_to(Path(sys.executable).parent / "uv")
    cache = subprocess.run([*UV, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    folders = f"UV_CACHE_DIR={cache} UV_TOOL_DIR=$HOME/tools UV_TOOL_BIN_DIR=$HOME/programs"
    block = f"$ export {folders}\n$ {step}\n{FIRST_DATASET}\n$ ttdata plan"
    printed = shell(block, clone, f"{clone / 'bin'}:{clone / 'programs'}:/usr/bin:/bin")
    assert "climate-on-tiktok: 3 searches" in printed
    assert sorted(path.name for path in (clone / "programs").iterdir()) == ["tiktok-mock", "ttapi", "ttdata"]
