"""The wheel: every module is in it, it imports from an environment that has nothing else of this project, and it is
installed by its name."""

import os
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support import PROJECT, checkout_files, command

PACKAGES = ("ttapi", "mockserver", "ttdata")
IMPORT_ALL = """
import sys
from importlib import import_module
from pathlib import Path

wheel = Path(sys.argv[1])
for name in sys.argv[2:]:
    module = import_module(name)
    assert Path(module.__file__).is_relative_to(wheel), (name, module.__file__)
"""


def modules() -> list[str]:
    paths = [path.relative_to(PROJECT) for package in PACKAGES for path in (PROJECT / package).rglob("*.py")]
    return [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths]


@pytest.mark.slow
def test_the_wheel_contains_every_file_of_the_packages(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in PACKAGES:
        for path in (PROJECT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert str(path.relative_to(PROJECT)) in names


@pytest.mark.slow
def test_the_wheel_contains_what_a_build_needs_besides(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    needed = [name for name in checkout_files() if name.split("/")[0] in ("rules", "profiles", "studies")]
    assert len(needed) > 20
    for name in (*needed, "Snakefile", "config.yaml", "CITATION.cff"):
        assert f"ttdata/shipped/{name}" in names


@pytest.mark.slow
def test_every_module_of_the_wheel_imports_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "wheel")
    venv.create(tmp_path / "empty")
    # The dependencies alone: a folder on PYTHONPATH, unlike an environment's own, runs no .pth of an editable install.
    paths = [str(tmp_path / "wheel"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    run = subprocess.run(
        [tmp_path / "empty" / "bin" / "python", "-c", IMPORT_ALL, tmp_path / "wheel", *modules()],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(paths), "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_the_name_installs_this_wheel_and_its_three_commands(installed: Path) -> None:
    # Not what an index has of the same version, nor what a cache kept of an earlier wheel.
    (packages,) = installed.parent.glob("lib/python*/site-packages")
    for package in PACKAGES:
        for path in (PROJECT / package).rglob("*.py"):
            assert (packages / path.relative_to(PROJECT)).read_bytes() == path.read_bytes()
    for name in ("ttdata", "ttapi", "tiktok-mock"):
        outcome = command(str(installed / name), "--help")
        assert outcome.status == 0, outcome.said


@pytest.mark.slow
def test_the_version_number_is_in_one_place(wheel: Path) -> None:
    from mockserver.version import VERSION

    assert wheel.name.startswith(f"ttdata-{VERSION}-")
    assert "version =" not in (PROJECT / "pyproject.toml").read_text().split("[tool")[0]
