"""How the jobs of a sweep are started: in this process or by one of Hydra's launchers (`conf/launcher/`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from omegaconf import DictConfig, OmegaConf

from harness.errors import InputError
from harness.typed import build

# Hydra's name of a launcher → the extra of this package that installs it.
EXTRAS = {"joblib": "launchers", "submitit_local": "launchers", "submitit_slurm": "launchers", "ray": "ray"}
HERE = "BasicLauncher"
SLURM = "SlurmLauncher"


@dataclass(frozen=True)
class Launching:
    """`launcher` of the configuration: how many jobs run at once, and whether all of them on this machine."""

    workers: int = 1
    one_machine: bool = True


@dataclass(frozen=True)
class Launcher:
    """`kind` is the name of Hydra's class, `name` what a cluster's tasks are called."""

    kind: str
    workers: int
    one_machine: bool
    name: str

    @property
    def is_here(self) -> bool:
        """Whether jobs run in this process, one after another."""
        return self.kind == HERE

    @property
    def is_slurm(self) -> bool:
        return self.kind == SLURM

    def refuse_another(self, job: DictConfig) -> None:
        """Raise InputError for a job that asks for another launcher: Hydra would go on with this one and not say so."""
        if (asked := find_launcher(job)) != self:
            raise InputError("launcher", asked.kind, f"is not what the sweep is launched with, {self.kind}; choose one "
                             "on the command line, not in what is swept")  # fmt: skip


def find_launcher(config: DictConfig) -> Launcher:
    """The launcher of a composed configuration. Raise InputError."""
    settings = OmegaConf.to_container(config.get("launcher") or OmegaConf.create(), resolve=True)
    launching = build(Launching, settings, "launcher")
    kind = str(config.hydra.launcher.get("_target_")).rpartition(".")[2]
    if launching.workers < 1:
        raise InputError("launcher.workers", launching.workers, "must be 1 or above")
    if kind == HERE and launching.workers > 1:
        raise InputError("launcher.workers", launching.workers, "launcher=basic has one; take launcher=joblib")
    name = str(config.hydra.launcher.get("name", config.hydra.job.name))
    return Launcher(kind, launching.workers, launching.one_machine, name)


def refuse_missing(said: str) -> None:
    """Raise InputError where Hydra said that it has no such launcher, but an extra of this package brings it."""
    found = re.search(r"hydra/launcher/(\w+)", said)
    if found and found[1] in EXTRAS:
        raise InputError("launcher", found[1], f"is not installed: pip install 'backtrack-harness[{EXTRAS[found[1]]}]'")
