"""A wheel of the working tree, and an environment in which nothing else of this project can be found."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.environment import without

ROOT = Path(__file__).resolve().parents[2]


def run(command, cwd, check=True):
    """A child that inherits no path of this process's, and no width of a terminal that it has not."""
    environment = without("PYTHONPATH", "COLUMNS")
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    """What a fresh clone would hold, with files that are not committed yet: no build folder of an earlier day."""
    copy = tmp_path_factory.mktemp("tree")
    listed = run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], ROOT).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def wheel(tree, tmp_path_factory):
    """The wheel's path, built with the setuptools of this environment."""
    out = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    run([*pip, "--wheel-dir", str(out), str(tree)], out)
    return next(out.glob("*.whl"))


def environment(home, *packages):
    """The interpreter of a new environment: these, and this environment's packages as a plain folder behind them.

    A folder named in a .pth has its own .pth files left unread, so the editable install of the checkout stays unseen.
    """
    venv.create(home, with_pip=False)
    interpreter = home / "bin/python"
    for package in packages:
        install(interpreter, package)
    found = run([str(interpreter), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], home).stdout
    (Path(found.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return interpreter


def install(interpreter, package):
    """A wheel, or a folder with a pyproject.toml, and nothing that it depends on."""
    pip = [sys.executable, "-m", "pip", "--python", str(interpreter), "install", "--quiet", "--no-deps", "--no-index"]
    run([*pip, "--no-build-isolation", str(package)], Path(interpreter).parent)


@pytest.fixture(scope="session")
def python(wheel, tmp_path_factory):
    """An environment of the wheel."""
    return environment(tmp_path_factory.mktemp("environment"), wheel)
