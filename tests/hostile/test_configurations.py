"""Files of settings from anybody, given with --config-dir: data, which calls nothing and reads nothing but data."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.commands import refused, run

MKDIR = "{_target_: os.mkdir, path: owned}"
EXPERIMENTS = {
    "callback": (f"hydra: {{callbacks: {{x: {MKDIR}}}}}", "hydra.callbacks.x="),
    "handler": (
        "hydra: {job_logging: {handlers: {x: {(): os.mkdir, path: owned}}}}",
        "hydra.job_logging.handlers.x.()",
    ),
    "formatter": (
        "hydra: {hydra_logging: {version: 1, formatters: {x: {class: os.mkdir}}}}",
        "hydra.hydra_logging.formatters.x.class",
    ),
    "launcher": ("hydra: {launcher: {_target_: os.mkdir}}", "hydra.launcher._target_='os.mkdir'"),
    "sweeper": ("hydra: {sweeper: {_target_: os.mkdir}}", "hydra.sweeper._target_='os.mkdir'"),
    "option": (f"strategy: {{x: {MKDIR}}}", "strategy.x._target_='os.mkdir'"),
    "setting": (f"seed: {MKDIR}", "seed._target_='os.mkdir'"),
    "python_object": ('seed: !!python/object/apply:os.mkdir ["owned"]', "could not determine a constructor"),
    "python_name": ("seed: !!python/name:os.system", "could not determine a constructor"),
    "resolver": ("seed: ${os.mkdir:owned}", "os.mkdir"),
    "deep": ("stop: " + "[" * 3000, "command line"),
    "infinite": ("decoding: {temperature: .inf}", "decoding.temperature=inf"),
    "digits": ("decoding: {temperature: 1" + "0" * 400 + "}", "decoding.temperature"),
    "terminal": ('experiment_name: "\\e]0;owned\\a"', "experiment_name="),
    "outside": ("experiment_name: ../../outside", "experiment_name='../../outside'"),
    "absolute": ("experiment_name: /outside", "experiment_name='/outside'"),
    "long": ("experiment_name: " + "a" * 1000, "60 at most"),
    "long_folder": ("runs_dir: " + "a" * 1000, "runs_dir="),
    "nul_folder": ('runs_dir: "a\\0b"', "runs_dir="),
    "nul_file": ('phrases: "a\\0b"', "phrases="),
    "long_file": ("phrases: " + "a" * 1000, "phrases="),
    "long_model": ("model: {name: " + "a" * 1000 + "}", "model.name="),
    "nobodys_home": ("phrases: ~nobody-at-all/list.txt", "phrases='~nobody-at-all/list.txt'"),
    "embedded_name_that_climbs": ("dataset: {source: embedded, name: ../../../etc/passwd}", "dataset.name="),
    "list_that_climbs": ("phrases: ../regexes/contrast", "phrases='../regexes/contrast'"),
}


def test_nothing_is_called_written_or_left_unsaid(tmp_path: Path) -> None:
    """Guards: hydra.callbacks, which called what any file of settings named, and unsafe YAML as a traceback."""
    (tmp_path / "conf/experiment").mkdir(parents=True)
    for name, (content, _) in EXPERIMENTS.items():
        (tmp_path / f"conf/experiment/{name}.yaml").write_text(f"# @package _global_\n{content}\n")
    before = sorted(tmp_path.rglob("*"))
    small = ["model=inkling_500k", "dataset.limit=1", "decoding.max_new_tokens=2", "tracking=none"]
    commands = [_command(small, name) for name in EXPERIMENTS]
    for (name, (_, tells)), said in zip(EXPERIMENTS.items(), run(tmp_path, commands), strict=True):
        refused(said, tells)
        assert not {*said.err[:-1]} & {chr(code) for code in (*range(32), *range(127, 160))}, name
    assert sorted(tmp_path.rglob("*")) == before


def _command(settings: list[str], name: str) -> tuple[str, list[str]]:
    """Without what the experiment sets itself: the command line would win."""
    mine = [setting for setting in settings if not (name == "long_model" and setting.startswith("model="))]
    return "harness.__main__", ["--config-dir", "conf", *mine, f"+experiment={name}"]
