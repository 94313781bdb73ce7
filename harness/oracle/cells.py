"""The cells of an oracle's sweep: one tiny model and one strategy each, named by what decides the law."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.config.settings import OracleSettings, StrategySettings
from harness.errors import InputError
from harness.oracle.conditional import Conditional
from harness.oracle.doob import Doob
from harness.oracle.places import PLACES
from harness.oracle.tiny import TinyModel
from harness.planning.arm import build_strategy, label_of, meaning_of, resolved_options
from harness.plugins.constructor import INNER, PARTS
from harness.store.identity import job_id
from harness.store.jobfolder import JobFolder
from sampler import Decoding, Strategy
from sampler.row import Row

DOOB = "doob"  # the exact sampler: in the oracle's arms only, it needs the model's future
WORDS, FIND, REPLACE = "whole_words", "find", "replace"  # options that a model fills


@dataclass(frozen=True)
class Cell:
    """A law to be computed."""

    model: TinyModel
    arm: StrategySettings
    oracle: OracleSettings
    experiment: Path  # runs_dir/<experiment>

    @cached_property
    def id(self) -> str:
        doob = {"name": DOOB, "options": {}}
        return job_id(
            {
                "task": "law",
                "model": self.model.meaning(),
                "strategy": doob if self.arm.name == DOOB else meaning_of(self._fitted),
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

    @property
    def resolved_arm(self) -> dict[str, Any]:
        """The arm with every option it has, those that the model fills in among them: an entry of `oracle.arms`."""
        return {"name": DOOB} if self.arm.name == DOOB else {"name": self.arm.name, **resolved_options(self._fitted)}

    @property
    def place_of(self) -> Callable[[Row], Hashable]:
        """Which rows of the law have one future."""
        return PLACES.get(self.arm.name, Row.fingerprint)

    def strategy(self, conditional: Conditional) -> Strategy[Any]:
        """The strategy with the model's phrases. Raise InputError for what it refuses."""
        if self.arm.name == DOOB:
            return Doob(conditional.log_h)
        lists = {"phrases": self.model.banned, "regexes": ()}
        return build_strategy(self._fitted, lists)

    @property
    def _fitted(self) -> StrategySettings:
        """The arm with what the model fills in."""
        return _settings(fit(_group(self.arm), self.model))

    def check(self) -> None:
        """Raise InputError for a strategy that cannot be built, could not end, or does not fit the vocabulary."""
        if self.arm.name == DOOB:
            if self.arm.options:
                raise InputError("oracle.arms", dict(self.arm.options), "doob has no options")
            return
        build = build_strategy(self._fitted, {"phrases": self.model.banned})
        try:
            build.check(Decoding())
            build.bind(self.model.backend().vocab)
        except ValueError as error:
            raise InputError("oracle.arms", self.label, str(error)) from None


def arm_of(group: Mapping[str, Any]) -> StrategySettings:
    """The strategy of one entry of `oracle.arms`. Raise InputError where it has no name."""
    if not isinstance(group.get("name"), str):
        raise InputError("oracle.arms", dict(group), "must be groups with a strategy's name, {name: antislop}")
    return _settings(group)


def fit(group: Mapping[str, Any], model: TinyModel) -> dict[str, Any]:
    """The group with the model's rule about word boundaries, and with what it finds and replaces, wherever a strategy,
    or a part of it, asks for one.
    """
    if group["name"] == DOOB:
        return dict(group)
    asked = resolved_options(_settings(group))
    own = {WORDS: model.whole_words, FIND: list(model.banned), REPLACE: model.instead}
    fitted = {**{option: value for option, value in own.items() if option in asked}, **group}
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
