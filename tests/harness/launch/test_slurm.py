"""launcher=slurm: no Slurm is needed to see what submitit would hand to sbatch, and what is made of its queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from submitit import AutoExecutor
from submitit.slurm.slurm import SlurmExecutor

from harness.config.compose import CONF, VERSION_BASE
from harness.config.launcher import find_launcher
from harness.launch.slurm.queue import Queue, Queued
from harness.launch.slurm.waiting import SECONDS_OF_PATIENCE, Waiting


def _composed(*overrides: str) -> Any:
    with initialize_config_dir(str(CONF), version_base=VERSION_BASE):
        return compose("config", ["launcher=slurm", *overrides], return_hydra_config=True)


def _script(config: Any, jobs: int) -> list[str]:
    """Of an array of so many jobs: parameters named as the plugin names them (submitit_launcher.py, `launch`)."""
    OmegaConf.set_readonly(config.hydra, False)
    config.hydra.job.num = 0
    asked = OmegaConf.to_container(config.hydra.launcher, resolve=True)
    assert isinstance(asked, dict)
    folder, once, _ = (asked.pop(key) for key in ("submitit_folder", "max_num_timeout", "_target_"))
    general = {"timeout_min", "cpus_per_task", "gpus_per_node", "tasks_per_node", "mem_gb", "nodes", "name"} | {
        "stderr_to_stdout"
    }
    executor = AutoExecutor(folder=folder, cluster="slurm", slurm_max_num_timeout=once)
    executor.update_parameters(**{key if key in general else f"slurm_{key}": value for key, value in asked.items()})
    slurm = executor._executor
    assert isinstance(slurm, SlurmExecutor)
    slurm.parameters["map_count"] = jobs
    return slurm._make_submission_file_text(slurm._submitit_command_str, "uid").splitlines()


@pytest.fixture(autouse=True)
def _on_a_login_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """submitit looks whether there is an `srun`, and runs none to write a script."""
    (tmp_path / "srun").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.chdir(tmp_path)


def test_the_array_has_a_task_for_each_job_and_so_many_at_once() -> None:
    script = _script(_composed("launcher.workers=4"), jobs=12)
    assert "#SBATCH --array=0-11%4" in script
    assert "#SBATCH --cpus-per-task=4" in script
    assert "#SBATCH --time=1440" in script
    assert "#SBATCH --signal=USR2@120" in script
    assert "#SBATCH --requeue" in script
    assert any("-m submitit.core._submit" in line for line in script)
    assert not any("gpus" in line for line in script)


def test_what_a_cluster_asks_for_is_passed_on() -> None:
    launcher = "hydra.launcher"
    script = _script(
        _composed(f"{launcher}.partition=gpu", f"{launcher}.account=lab", f"{launcher}.mem_gb=64",
                  f"{launcher}.gpus_per_node=1"),
        jobs=3,
    )  # fmt: skip
    for flag in ("partition=gpu", "account=lab", "mem=64GB", "gpus-per-node=1", "array=0-2%3"):
        assert f"#SBATCH --{flag}" in script


def test_workers_of_a_cluster_share_no_machine() -> None:
    """Slurm hands out cores and GPUs itself, and a lock in /tmp says nothing about another machine."""
    launcher = find_launcher(_composed())
    assert (launcher.kind, launcher.one_machine, launcher.is_here) == ("SlurmLauncher", False, False)


def test_the_queue_is_read_whatever_the_reasons() -> None:
    """A reason is a word, none, or a sentence with commas."""
    away = "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions"
    printed = f"13_0 RUNNING None\n13_1 COMPLETING \n13_2 PENDING {away}\n"
    assert Queue("sweep").read(printed) == {
        "13_0": Queued("RUNNING", "None"),
        "13_1": Queued("COMPLETING", ""),
        "13_2": Queued("PENDING", away),
    }
    assert Queue("sweep").read("") == {}


def test_why_nothing_runs_is_said_once_and_again_when_it_is_another_reason(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    waiting = Waiting(clock=lambda: now[0])

    def said(*tasks: Queued, after: float = SECONDS_OF_PATIENCE) -> str:
        now[0] += after
        waiting.see({str(place): task for place, task in enumerate(tasks)})
        return capsys.readouterr().err

    pending = Queued("PENDING", "Priority"), Queued("PENDING", "Resources")
    assert said(*pending) == ""  # every task waits for a moment
    assert said(*pending) == "nothing of it runs, 2 in the queue: Priority, Resources\n"
    assert said(*pending) == ""
    assert said(pending[0]) == "nothing of it runs, 1 in the queue: Priority\n"
    assert said(pending[0], Queued("RUNNING", "None")) == ""
    assert said(*pending, after=1.0) == ""
    assert said(*pending) == "nothing of it runs, 2 in the queue: Priority, Resources\n"
    assert said() == ""


def test_a_silent_controller_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = Waiting()
    for seen in (None, None, {}, None):
        waiting.see(seen)
    assert capsys.readouterr().err == "Slurm does not answer; waiting until it does\n" * 2
