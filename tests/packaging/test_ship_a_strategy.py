"""docs/how-to/ship-a-strategy.md, block by block, in an empty folder and an environment that holds the wheel alone."""

from __future__ import annotations

import json
import os
import re
import shutil

import pytest

from tests.packaging.conftest import ROOT, environment, install, run

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs/how-to/ship-a-strategy.md"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', flags=re.MULTILINE | re.DOTALL)
SWEEP = ["model=inkling_500k", "dataset.limit=1", "decoding.max_new_tokens=8", "tracking=none"]


@pytest.fixture(scope="module")
def own(wheel, tmp_path_factory):
    """An environment of these tests' own: they install packages into it."""
    return environment(tmp_path_factory.mktemp("environment"), wheel)


@pytest.fixture(scope="module")
def page(own, tmp_path_factory):
    """The folder in which the page was followed, and what each of its blocks printed."""
    folder, printed = tmp_path_factory.mktemp("page"), []
    for _, title, code in BLOCK.findall(PAGE.read_text()):
        if title:
            (folder / title).parent.mkdir(parents=True, exist_ok=True)
            (folder / title).write_text(code)
        else:
            printed.append(followed(own, folder, code))
    return folder, printed


def followed(python, folder, code):
    """`pip install FOLDER` needs no index here: what the package depends on is there already."""
    before, asked, _ = code.partition("pip install ./nice-bans")
    path = f"PATH={python.parent}{os.pathsep}{os.environ['PATH']}"
    done = run(["env", path, "bash", "-euc", before], folder)
    if asked:
        install(python, folder / "nice-bans")
    return done.stdout


def jobs(folder):
    """Strategy → what made its texts, of every job in the folder."""
    for path in folder.glob("runs/*/*/provenance.json"):
        made = json.loads(path.read_text())
        for name, code in made["strategies"].items():
            yield name, code, path.parent


def test_every_block_of_the_page_runs_and_the_strategy_stands_in_the_tables(page):
    """Guards: a strategy that only a checkout can name; options that need a YAML; a plug-in that no list shows."""
    folder, printed = page
    assert [" no_commas |" in printed[0], " no_commas |" in printed[-1]] == [True, True]
    assert re.search(r"^no_commas +\[nice-bans 0\.1\.0\] Whatever token holds one of", printed[-1], flags=re.MULTILINE)
    texts = {name: [] for name in ("plain", "no_commas")}
    for name, _, job in jobs(folder):
        texts[name] += [json.loads(line)["text"] for line in (job / "samples.jsonl").read_text().splitlines()]
    assert [len(each) for each in texts.values()] == [6, 12]  # the page's two sweeps share plain's job
    assert ["," in "".join(each) for each in texts.values()] == [True, False]


def test_a_run_folder_says_which_code_wrote_it_and_no_job_is_shared(page):
    """Guards: texts of a file continued by a package's other version of it."""
    folder, _ = page
    made = {code["package"]: (code, job.name) for name, code, job in jobs(folder) if name == "no_commas"}
    assert set(made) == {None, "nice-bans 0.1.0"}
    assert len({job for _, job in made.values()}) == 2
    assert {code["code"] for code, _ in made.values()} == {(folder / "nice-bans/nice_bans/no_commas.py").read_text()}


def test_a_new_release_writes_new_texts(page, own):
    folder, _ = page
    before = {job for *_, job in jobs(folder)}
    pyproject = folder / "nice-bans/pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("0.1.0", "0.1.1"))
    install(own, folder / "nice-bans")
    run([str(own), "-m", "harness", *SWEEP, "strategy=no_commas"], folder)
    (new,) = {job for *_, job in jobs(folder)} - before
    assert json.loads((new / "provenance.json").read_text())["strategies"]["no_commas"]["package"] == "nice-bans 0.1.1"


@pytest.mark.parametrize("launcher", ["joblib", "submitit_local", "ray"])
def test_workers_of_every_launcher_have_it(page, own, launcher):
    """Guards: a worker whose process never heard of the package, or of the file."""
    folder, _ = page
    (folder / "mine").mkdir(exist_ok=True)
    shutil.copy(folder / "nice-bans/nice_bans/no_commas.py", folder / "mine/also_none.py")
    flags = [f"launcher={launcher}", "launcher.workers=2", f"experiment_name={launcher}", "imports=[also_none.py]"]
    done = run([str(own), "-m", "harness", *SWEEP, *flags, "strategy=plain,no_commas,also_none"], folder / "mine")
    assert " no_commas |" in done.stdout
    assert " also_none |" in done.stdout
    assert len(list(folder.glob(f"mine/runs/{launcher}/*/samples.jsonl"))) == 3


def test_a_package_that_cannot_be_loaded_is_one_line_and_breaks_no_other(page, own, tmp_path):
    """Guards: a traceback, a line that does not say whose fault it is, and a sweep of plain that pays for it."""
    folder, _ = page
    broken = tmp_path / "broken-bans"
    (broken / "broken_bans").mkdir(parents=True)
    (broken / "broken_bans/__init__.py").write_text("import a_library_that_is_gone\n")
    text = (folder / "nice-bans/pyproject.toml").read_text().replace("nice", "broken").replace("no_commas", "broken")
    (broken / "pyproject.toml").write_text(text)
    install(own, broken)
    version = re.search('version = "(.*)"', text)[1]  # another test raises it
    harness = [str(own), "-m", "harness"]
    failed = run([*harness, *SWEEP, "strategy=plain,broken"], tmp_path, check=False)
    line = f"strategy='broken': of the package broken-bans {version} cannot be loaded: ModuleNotFoundError: "
    assert (failed.returncode, len(failed.stderr.splitlines())) == (2, 1)
    assert line in failed.stderr
    assert not (tmp_path / "runs").exists()
    assert "a_library_that_is_gone" not in run([*harness, *SWEEP, "strategy=plain,no_commas"], tmp_path).stderr
    listed = run([*harness, "list", "strategies"], tmp_path).stdout
    assert line in listed
    assert f"[nice-bans {version}]" in listed
    assert "broken" in run([*harness, "--help"], tmp_path).stdout
