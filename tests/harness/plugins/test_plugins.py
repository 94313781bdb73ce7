"""Strategies that are none of this package's: files that the command line names, entry points as they lie on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hydra.core.config_store import ConfigStore

from harness.config.compose import compose_jobs, parse_arguments
from harness.errors import InputError
from harness.listing import list_what
from harness.planning.plan import Job, check_strategy
from harness.plugins import packages, registry
from harness.plugins.command import named_files
from harness.plugins.entries import offered
from harness.plugins.group import GROUP
from tests.harness.conftest import Workplace

SHORT = '''
from sampler import Accept, Decision, Prompt, Stop, Strategy, View

class _Helper(Strategy[None]): ...

class Short(Strategy[int]):
    """Ends a text after `longest` tokens."""

    def __init__(self, phrases: list[str] = (), longest: int = 3, marks: tuple[str, ...] = (".",)) -> None:
        self.longest = longest

    def init(self, prompt: Prompt) -> int:
        return 0

    def step(self, state: int, view: View) -> tuple[int, Decision]:
        return state + 1, Stop("long enough") if state + 1 >= self.longest else Accept(settled=True)
'''


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a new process knows: no files, no packages, no choices of Hydra's."""
    monkeypatch.setattr(registry, "_imported", {})
    monkeypatch.setattr(ConfigStore.instance(), "repo", {**ConfigStore.instance().repo, GROUP: {}})
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    offered.cache_clear()
    packages.load.cache_clear()


def install(folder: Path, name: str, version: str, points: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package as pip leaves it, less its code."""
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[backtrack_harness.strategies]\n{points}\n")
    monkeypatch.syspath_prepend(str(folder))


def refused(*arguments: str) -> str:
    with pytest.raises(InputError) as raised:
        compose_jobs(parse_arguments(list(arguments)))
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_files_options_are_its_constructors(workplace: Workplace, job: Callable[..., Job]) -> None:
    """Guards: an option that only a YAML makes known; `phrases`, which is filled, shown as one."""
    workplace.file("short.py", SHORT)
    (config,) = compose_jobs(parse_arguments(["imports=[short.py]", "strategy=short", "strategy.longest=5"]))
    assert config["strategy"] == {"name": "short", "longest": 5, "marks": ["."]}
    assert config["imports"] == [str(workplace.folder / "short.py")]
    assert job("imports=[short.py]", "strategy=short", "strategy.longest=5").label == "short longest=5"


def test_a_file_is_swept_beside_the_packages_own(workplace: Workplace, harness: Callable[..., int]) -> None:
    workplace.file("short.py", SHORT)
    assert harness("imports=[short.py]", "strategy=plain,short", "dataset.limit=2") == 0
    made = {}
    for folder in workplace.job_folders():
        (name,) = json.loads((folder / "provenance.json").read_text())["strategies"]
        made[name] = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    assert [len(sample["tokens"]) <= 3 for sample in made["short"]] == [True, True]
    assert max(len(sample["tokens"]) for sample in made["plain"]) > 3
    (page,) = workplace.folder.glob("reports/*/*/report.html")
    assert f"short of short.py, {sha256(SHORT.encode()).hexdigest()[:16]}" in page.read_text()


def test_a_yaml_of_ones_own_states_other_defaults(workplace: Workplace, capfd: pytest.CaptureFixture[str]) -> None:
    """Guards: the constructor's defaults over the file's; Hydra's warning about two of one name."""
    workplace.file("short.py", SHORT)
    (workplace.folder / "mine/strategy").mkdir(parents=True)
    workplace.file("mine/strategy/short.yaml", "name: short\nlongest: 7\n")
    command = ["--config-dir", str(workplace.folder / "mine"), "imports=[short.py]", "strategy=short"]
    (config,) = compose_jobs(parse_arguments(command))
    assert config["strategy"] == {"name": "short", "longest": 7}
    assert capfd.readouterr().err == ""


def test_an_edit_makes_another_job_and_undone_it_is_the_same(workplace: Workplace, job: Callable[..., Job]) -> None:
    """Guards: an edited strategy that silently shows the texts of before; one whose folder depends on where it lies."""
    asked = ("imports=[short.py]", "strategy=short")
    chained = ("imports=[short.py]", "strategy=chain", "strategy.strategies=[plain,short]")
    workplace.file("short.py", SHORT)
    first, inside = job(*asked).id, job(*chained).id
    workplace.file("short.py", SHORT.replace("long enough", "enough"))
    assert job(*asked).id != first
    assert job(*chained).id != inside
    workplace.file("short.py", SHORT)
    (workplace.folder / "elsewhere").mkdir()
    workplace.file("elsewhere/short.py", SHORT)
    assert job("imports=[elsewhere/short.py]", "strategy=short").id == job(*asked).id == first


def test_only_the_command_line_names_code(workplace: Workplace) -> None:
    """Guards: a downloaded folder of settings that runs what lies in it."""
    file = workplace.file("short.py", "raise RuntimeError('was run')")
    (workplace.folder / "mine/experiment").mkdir(parents=True)
    workplace.file("mine/experiment/theirs.yaml", f"# @package _global_\nimports: [{file}]\n")
    said = refused("--config-dir", str(workplace.folder / "mine"), "+experiment=theirs")
    assert "is code, which only the command line may name" in said


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("gone.py", "import nothing_there", "ModuleNotFoundError: No module named 'nothing_there', line 1"),
        ("torn.py", "def step(:", "SyntaxError"),
        ("leaves.py", "\nraise SystemExit(3)", "SystemExit: 3, line 2"),
        ("none.py", "x = 1", "this one none"),
        ("two.py", SHORT + SHORT.replace("Short", "Other"), "this one Short, Other"),
        ("antislop.py", SHORT, "antislop is a strategy of this package"),
        ("my-ban.py", SHORT, "whose name is an identifier"),
        ("ban.txt", SHORT, "must be a Python file"),
        ("named.py", SHORT.replace("longest: int", "name: int"), "an option cannot be called 'name'"),
        ("odd.py", SHORT.replace("longest: int = 3", "longest=object()"), "the default of 'longest'"),
        ("typed.py", SHORT.replace("longest: int", "longest: 'Gone'"), "annotations cannot be read"),
    ],
)
def test_a_broken_file_is_one_line_that_names_it(name: str, code: str, said: str, workplace: Workplace) -> None:
    workplace.file(name, code)
    line = refused(f"imports=[{name}]", "strategy=plain")
    assert line.startswith("imports=")
    assert name in line
    assert said in line


@pytest.mark.parametrize("value", ["a.py,b.py", "3", "[3]", "[gone.py]", "[short.py,more/short.py]"])
def test_what_names_no_files_is_refused(value: str, workplace: Workplace) -> None:
    (workplace.folder / "more").mkdir()
    for name in ("short.py", "more/short.py"):
        workplace.file(name, SHORT)
    assert refused(f"imports={value}").startswith("imports=")


def test_a_path_may_hold_what_hydra_reads(workplace: Workplace) -> None:
    folder = workplace.folder / "o'd, [d] = 1"
    folder.mkdir()
    workplace.file(f"{folder.name}/short.py", SHORT)
    (config,) = compose_jobs(parse_arguments([f'imports=["{folder.name}/short.py"]', "strategy=short"]))
    assert config["imports"] == [str(folder / "short.py")]
    assert named_files(["seed=1"]) == ()


def test_a_constructor_that_fails_is_one_line(workplace: Workplace, job: Callable[..., Job]) -> None:
    """Guards: a traceback for what is no ValueError."""
    workplace.file("short.py", SHORT.replace("self.longest = longest", "{}[longest]"))
    with pytest.raises(InputError, match="strategy='short': cannot be constructed: KeyError: 3"):
        check_strategy(job("imports=[short.py]", "strategy=short"))
    workplace.file("short.py", SHORT + "    def check(self, decoding): {}[4]\n")
    with pytest.raises(InputError, match="strategy='short': cannot be checked: KeyError: 4"):
        check_strategy(job("imports=[short.py]", "strategy=short"))


def test_a_package_is_loaded_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Guards: a sweep of plain that runs everybody's code; a package whose digest is not of the class's file."""
    (tmp_path / "ends_soon.py").write_text(SHORT + "\nprint('was run')\n")
    install(tmp_path, "nice-bans", "0.2", "short = ends_soon:Short", monkeypatch)
    compose_jobs(parse_arguments(["strategy=plain"]))
    assert capsys.readouterr().out == ""
    (config,) = compose_jobs(parse_arguments(["strategy=short"]))
    assert capsys.readouterr().out == "was run\n"
    assert config["strategy"] == {"name": "short", "longest": 3, "marks": ["."]}
    plugin = registry.find_plugin("short")
    assert plugin is not None
    assert (plugin.package, plugin.code) == ("nice-bans 0.2", (tmp_path / "ends_soon.py").read_bytes())
    (line,) = [line for line in list_what(["strategies"]).splitlines() if line.startswith("short ")]
    assert line.split(maxsplit=1)[1] == "[nice-bans 0.2] Ends a text after `longest` tokens."


def test_a_name_of_the_harness_stays_the_harnesss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards: a package that changes what `strategy=antislop` means for everybody who has it installed."""
    install(tmp_path, "nice-bans", "0.2", "antislop = gone:Short", monkeypatch)
    assert registry.strategy_kind("antislop").__module__ == "strategies.antislop"
    assert registry.plugin_names() == []
    assert "[nice-bans 0.2] is hidden" in list_what(["strategies"])


def test_a_name_of_two_packages_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "a", "a-bans", "1.0", "short = gone:Short", monkeypatch)
    install(tmp_path / "b", "b-bans", "2.0", "short = gone:Short", monkeypatch)
    said = refused("strategy=short")
    assert "a-bans 1.0" in said
    assert "b-bans 2.0" in said


def test_a_file_does_not_take_a_packages_name(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    install(workplace.folder / "site", "nice-bans", "0.2", "short = gone:Short", monkeypatch)
    workplace.file("short.py", SHORT)
    assert "is a strategy of an installed package" in refused("imports=[short.py]", "strategy=short")


@pytest.mark.parametrize(
    "point", ["short = gone:Short", "short = json:loads", "short = json:JSONDecoder", "a-b = json:JSONDecoder"]
)
def test_a_package_that_is_broken_says_whose_it_is(point: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "nice-bans", "0.2", point, monkeypatch)
    assert "of the package nice-bans 0.2" in refused(f"strategy={point.partition(' ')[0]}")


def test_texts_of_another_version_of_a_packaged_strategy_are_named(
    workplace: Workplace, harness: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    """Guards: who edits strategies/antislop.py and is shown the numbers of before without a word."""
    asked = ("strategy=antislop", "dataset.limit=1", "decoding.max_new_tokens=2")
    assert (harness(*asked), harness(*asked)) == (0, 0)
    assert "has changed" not in caplog.text
    (folder,) = workplace.job_folders()
    made = json.loads((folder / "provenance.json").read_text())
    made["strategies"]["antislop"]["digest"] = "0" * 64
    (folder / "provenance.json").write_text(json.dumps(made))
    assert harness(*asked, "dry_run=true") == 0
    said = f"strategy=antislop: antislop.py has changed since it wrote texts of 1 job here ({folder.name})"
    assert said in caplog.text
    caplog.clear()
    del made["strategies"]
    (folder / "provenance.json").write_text(json.dumps({**made, "earlier": [3, {"strategies": 4}]}))
    assert harness(*asked, "dry_run=true") == 0
    assert "has changed" not in caplog.text
