"""The cells of an oracle's sweep: one tiny model and one strategy each, named by what decides the law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.arm import INNER, PARTS, build_strategy, label_of, resolved_options
from harness.errors import InputError
from harness.identity import job_id
from harness.jobfolder import JobFolder
from harness.oracle.conditional import Conditional
from harness.oracle.doob import Doob
from harness.oracle.tiny import TinyModel
from harness.settings import OracleSettings, StrategySettings
from sampler import Decoding, Strategy

DOOB = "doob"  # the exact sampler: in the oracle's arms only, it needs the model's future
WORDS = "whole_words"


@dataclass(frozen=True)
class Cell:
    """A law to be computed."""

    model: TinyModel
    arm: StrategySettings
    oracle: OracleSettings
    experiment: Path  # runs_dir/<experiment>

    @cached_property
    def id(self) -> str:
        fitted = fit(_group(self.arm), self.model)
        options = {} if self.arm.name == DOOB else resolved_options(_settings(fitted))
        return job_id(
            {
                "task": "law",
                "model": self.model.meaning(),
                "strategy": {"name": self.arm.name, "options": options},
                "tolerance": self.oracle.tolerance,
                "max_places": self.oracle.max_places,
            }
        )

    @property
    def folder(self) -> JobFolder:
        return JobFolder(self.experiment / self.id)

    @property
    def result(self) -> Path:
        return self.folder.path / "law.json"

    @property
    def label(self) -> str:
        return DOOB if self.arm.name == DOOB else label_of(self.arm)

    def strategy(self, conditional: Conditional) -> Strategy[Any]:
        """The strategy with the model's phrases. Raise InputError for what it refuses."""
        if self.arm.name == DOOB:
            return Doob(conditional.log_h)
        lists = {"phrases": self.model.banned, "regexes": ()}
        return build_strategy(_settings(fit(_group(self.arm), self.model)), lists)

    def check(self) -> None:
        """Raise InputError for a strategy that cannot be built, or could not end."""
        if self.arm.name == DOOB:
            if self.arm.options:
                raise InputError("oracle.arms", dict(self.arm.options), "doob has no options")
            return
        build = build_strategy(_settings(fit(_group(self.arm), self.model)), {"phrases": self.model.banned})
        try:
            build.check(Decoding())
        except ValueError as error:
            raise InputError("oracle.arms", self.label, str(error)) from None


def arm_of(group: Mapping[str, Any]) -> StrategySettings:
    """The strategy of one entry of `oracle.arms`. Raise InputError where it has no name."""
    if not isinstance(group.get("name"), str):
        raise InputError("oracle.arms", dict(group), "must be groups with a strategy's name, {name: antislop}")
    return _settings(group)


def fit(group: Mapping[str, Any], model: TinyModel) -> dict[str, Any]:
    """The group with the model's rule about word boundaries wherever a strategy, or a part of it, asks for one."""
    if group["name"] == DOOB:
        return dict(group)
    fitted = dict(group)
    if WORDS in resolved_options(_settings(group)):
        fitted.setdefault(WORDS, model.whole_words)
    if INNER in fitted:
        fitted[INNER] = fit(_named(fitted[INNER]), model)
    if PARTS in fitted:
        fitted[PARTS] = [fit(_named(part), model) for part in fitted[PARTS]]
    return fitted


def _named(part: Any) -> Mapping[str, Any]:
    return {"name": part} if isinstance(part, str) else part


def _group(arm: StrategySettings) -> dict[str, Any]:
    return {"name": arm.name, **arm.options}


def _settings(group: Mapping[str, Any]) -> StrategySettings:
    return StrategySettings(group["name"], {key: value for key, value in group.items() if key != "name"})
