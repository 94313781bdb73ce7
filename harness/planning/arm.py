"""An arm of the comparison: settings become a strategy of the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import UnionType
from typing import Any, get_args, get_type_hints

from harness.config.settings import StrategySettings
from harness.errors import InputError
from harness.plugins.constructor import INNER, LISTS, PARTS, option_defaults, parameters
from harness.plugins.registry import find_plugin, strategy_kind
from harness.typed import convert
from sampler import Strategy

# Types that YAML has too; what an option of another type may be, its constructor says.
PLAIN_TYPES = (int, float, str, bool, type(None))

Lists = Mapping[str, Any]


def build_strategy(strategy: StrategySettings, lists: Lists, field: str = "strategy") -> Strategy[Any]:
    """Construct it; the top-level lists go to those that take them. Raise InputError, under `field`, if refused."""
    kind = _kind(strategy)
    known = parameters(kind)
    _check_options(strategy, field)
    options = {**strategy.options, **{name: entries for name, entries in lists.items() if name in known}}
    parts = [build_strategy(part, lists, place) for place, part in _placed_parts(strategy, field)]
    if INNER in known:
        options[INNER] = parts[0]
    options.pop(PARTS, None)
    try:
        return kind(*(parts if PARTS in known else ()), **options)
    except (ValueError, TypeError) as error:
        raise InputError(field, strategy.name, str(error)) from None
    except Exception as error:  # anybody's code
        raise InputError(field, strategy.name, f"cannot be constructed: {type(error).__name__}: {error}") from None


def _check_options(strategy: StrategySettings, field: str) -> None:
    """Raise InputError for an option that the strategy does not have, or that is of another plain type."""
    kind = _kind(strategy)
    known = parameters(kind)
    hints = get_type_hints(kind.__init__)
    for key, value in strategy.options.items():
        if key not in known or key in LISTS:
            names = ", ".join(name for name in known if name not in LISTS) or "none"
            raise InputError(f"{field}.{key}", value, f"no option of {strategy.name}; it has {names}")
        if key in hints and _is_plain(hints[key]):
            convert(hints[key], value, f"{field}.{key}")


def _is_plain(hint: Any) -> bool:
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return all(kind in PLAIN_TYPES for kind in kinds)


def label_of(strategy: StrategySettings) -> str:
    """The strategy and what sets it apart, as tables call it: `chain(xtc, antislop ban=soft)`."""
    parts = ", ".join(map(label_of, _parts(strategy)))
    changed = changed_options(strategy).items()
    own = [f"{key}={value}" for key, value in changed if key not in (INNER, PARTS)]
    return " ".join([f"{strategy.name}({parts})" if parts else strategy.name, *own])


def meaning_of(strategy: StrategySettings) -> dict[str, Any]:
    """What of it decides the texts: its name, every option, and which revision of it and of its parts that is.

    Of strategies of others the code itself: who edits one, or installs another release, wants no mixture of texts.
    """
    plugins = [plugin for name in names_of(strategy) if (plugin := find_plugin(name))]
    stated = {"revisions": dict(_revisions(strategy)), "code": {plugin.name: plugin.meaning for plugin in plugins}}
    return {
        "name": strategy.name,
        "options": resolved_options(strategy),
        **{key: value for key, value in stated.items() if value},
    }


def names_of(strategy: StrategySettings) -> list[str]:
    """The strategy's and those of the strategies inside it, each once."""
    return list(dict.fromkeys([strategy.name, *(name for part in _parts(strategy) for name in names_of(part))]))


def _revisions(strategy: StrategySettings) -> Iterator[tuple[str, int]]:
    """Those above the first."""
    revision = getattr(_kind(strategy), "revision", 1)
    if revision > 1:
        yield strategy.name, revision
    for part in _parts(strategy):
        yield from _revisions(part)


def resolved_options(strategy: StrategySettings) -> dict[str, Any]:
    """Every option with its value, defaults included, so that naming a default changes nothing."""
    return {**option_defaults(_kind(strategy)), **strategy.options, **_inner(strategy, resolved_options)}


def changed_options(strategy: StrategySettings) -> dict[str, Any]:
    """The options that differ from their defaults: what tells two arms of one strategy apart."""
    defaults = parameters(_kind(strategy))
    changed = {name: value for name, value in strategy.options.items() if not _same(value, defaults.get(name))}
    return {**changed, **_inner(strategy, changed_options)}


def _inner(strategy: StrategySettings, options: Callable[[StrategySettings], dict[str, Any]]) -> dict[str, Any]:
    """The options of the strategies inside this one, each read by `options`."""
    parts = [{"name": part.name, **options(part)} for part in _parts(strategy)]
    known = parameters(_kind(strategy))
    return {INNER: parts[0]} if INNER in known else {PARTS: parts} if PARTS in known else {}


def _parts(strategy: StrategySettings) -> list[StrategySettings]:
    """The strategies inside this one."""
    return [part for _, part in _placed_parts(strategy, "strategy")]


def _placed_parts(strategy: StrategySettings, field: str) -> list[tuple[str, StrategySettings]]:
    """The same with the field each stands in. Raise InputError where they are not given as groups with a name."""
    known = parameters(_kind(strategy))
    if INNER in known:
        place = f"{field}.{INNER}"
        return [(place, _part(strategy.options.get(INNER), place))]
    if PARTS in known:
        groups = strategy.options.get(PARTS) or ()
        if isinstance(groups, str | Mapping) or not isinstance(groups, Iterable):
            raise InputError(f"{field}.{PARTS}", groups, "must be a list of groups, [{name: antislop}]")
        places = [(f"{field}.{PARTS}[{i}]", group) for i, group in enumerate(groups)]
        return [(place, _part(group, place)) for place, group in places]
    return []


def _part(group: object, field: str) -> StrategySettings:
    if isinstance(group, str):
        return StrategySettings(group)
    if not isinstance(group, Mapping) or not isinstance(group.get("name"), str):
        raise InputError(field, group, "must be a strategy's name, or a group with its name, {name: antislop}")
    return StrategySettings(group["name"], {key: value for key, value in group.items() if key != "name"})


def _same(value: Any, default: Any) -> bool:
    return bool((tuple(value) if isinstance(value, list) else value) == default)


def _kind(strategy: StrategySettings) -> Callable[..., Strategy[Any]]:
    return strategy_kind(strategy.name)
