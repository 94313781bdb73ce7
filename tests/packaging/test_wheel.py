"""`pip install` of the wheel in an empty folder gives the whole harness, and nothing that is not of it."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, run

pytestmark = pytest.mark.slow

ROOMS = ("harness", "sampler", "strategies")


def members(wheel):
    return zipfile.ZipFile(wheel).namelist()


def test_the_wheel_holds_all_that_a_sweep_reads(wheel, tree):
    """Guards: a wheel without conf, templates, prompts, lists or weights, whose first command fails elsewhere."""
    wanted = {path.relative_to(tree).as_posix() for room in ROOMS for path in (tree / room).rglob("*")}
    wanted = {name for name in wanted if (tree / name).is_file()}
    configs = {"harness/" + path.relative_to(tree).as_posix() for path in (tree / "conf").rglob("*.yaml")}
    assert "harness/data/inkling_2m/model.safetensors" in wanted
    assert "harness/conf/config.yaml" in configs
    wanted.add("harness/docs/METRICS.md")  # reports say what each number means
    assert (wanted | configs) - set(members(wheel)) == set()


def test_the_wheel_holds_nothing_else(wheel):
    """Guards: tests, reports, caches and experiments in everybody's site-packages, or a top-level name like `conf`."""
    assert {name.split("/")[0].split("-")[0] for name in members(wheel)} == {*ROOMS, "backtrack_harness"}
    stray = [name for name in members(wheel) if re.search(r"__pycache__|\.pyc$|test_|conftest|/reports?/.*\.png", name)]
    assert stray == []


def test_it_weighs_what_the_page_says(wheel):
    page = (ROOT / "docs/INKLING.md").read_text()
    stated = re.search(r"the wheel is (\d+) MB", page)
    assert stated
    assert round(wheel.stat().st_size / 1e6) == int(stated[1])


def test_a_sweep_runs_in_an_empty_folder(python, tmp_path):
    """Guards: a path that only a checkout has. The report is there and nothing came from this folder."""
    where = run([str(python), "-c", "import harness, sampler, strategies; print(harness.__file__)"], tmp_path).stdout
    assert Path(where.strip()).is_relative_to(python.parents[1])
    sweep = ["model=inkling_500k", "strategy=plain,antislop", "dataset.limit=3", "decoding.max_new_tokens=30"]
    done = run([str(python), "-m", "harness", *sweep, "tracking=none"], tmp_path)
    assert "| antislop |" in done.stdout
    assert {path.name for path in tmp_path.glob("reports/*/*")} != set()
    assert len(list(tmp_path.glob("runs/*/*/samples.jsonl"))) == 2
    report = next(tmp_path.glob("reports/*/*/report.html")).read_text()
    assert str(ROOT) not in report


def test_a_folder_of_ones_own_is_found_beside_the_wheels(python, tmp_path):
    """Guards: a --config-dir that hides, or is hidden by, the packaged configuration."""
    (tmp_path / "mine/strategy").mkdir(parents=True)
    (tmp_path / "mine/strategy/my_ban.yaml").write_text("name: antislop\nban: none\n")
    flags = ["--config-dir", "mine", "strategy=plain,my_ban", "dataset.limit=1", "dry_run=true", "tracking=none"]
    done = run([str(python), "-m", "harness", *flags], tmp_path)
    assert "my_ban" in done.stdout or "antislop" in done.stdout, done.stdout


def test_an_editable_install_reads_the_checkouts_configuration():
    """Guards: a copy of conf/ left inside the package, which an edit of conf/ would not reach."""
    code = "from harness.config.compose import CONF; print(CONF)"
    assert run([sys.executable, "-c", code], Path("/")).stdout.strip() == str(ROOT / "conf")


def test_mypy_sees_the_types_of_the_installed_package(python, tmp_path):
    """Guards: a py.typed that was left out, which turns every name into Any and hides this mistake."""
    (tmp_path / "user.py").write_text(
        "from sampler import BacktrackSampler, Decoding, Generation\n"
        "from strategies import AntiSlop\n"
        "import harness\n"
        "def write(sampler: BacktrackSampler) -> list[Generation]:\n"
        "    return sampler.generate(['Once'])\n"
        "reveal_type(harness.load)\n"
        "Decoding(temperature='hot')\n"
        "AntiSlop(phrases=3)\n"
    )
    flags = ["--strict", "--python-executable", str(python), "--follow-imports=silent", "--no-incremental"]
    done = run([sys.executable, "-m", "mypy", *flags, "user.py"], tmp_path, check=False)
    assert "untyped" not in done.stdout
    assert "Missing library stubs or py.typed" not in done.stdout
    found = re.findall(r"user\.py:(\d+): (error|note)", done.stdout)
    assert found == [("6", "note"), ("7", "error"), ("8", "error")], done.stdout


def test_the_version_is_the_changelogs(wheel):
    """Guards: a release whose changelog speaks of another; versions are MAJOR.MINOR.PATCH."""
    top = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)[1]
    assert re.fullmatch(r"\d+\.\d+\.\d+", top)
    assert wheel.name.split("-")[1] == top
