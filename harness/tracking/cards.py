"""Cards: a page of Markdown that says what a model is, and one for a strategy. Names are other people's text."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.config.settings import StrategySettings
from harness.errors import InputError
from harness.oracle.cells import DOOB
from harness.oracle.doob import Doob
from harness.planning.arm import resolved_options
from harness.plugins.constructor import INNER, LISTS, PARTS
from harness.plugins.registry import find_plugin, strategy_kind
from harness.report.render_markdown import escape, line
from harness.tracking.content import plain

MODEL, STRATEGY = "model_card.md", "strategy_card.md"
EMBEDDED = "A small model embedded for demonstration: its numbers illustrate the method, no more."
LONGEST = 200  # characters of a value in a cell


def model_card(made: Mapping[str, Any], settings: Mapping[str, Any], embedded: bool) -> str:
    """By provenance.json, and the settings of the model's group."""
    model: Mapping[str, Any] = made.get("model") or {}
    packages: Mapping[str, Any] = made.get("packages") or {}
    library = {"transformers": ("transformers", "torch"), "llamacpp": ("llama-cpp-python",)}
    versions = [f"{name} {packages[name]}" for name in library.get(str(made.get("backend")), ()) if packages.get(name)]
    rows = {
        "location": model.get("location"),
        "revision": model.get("revision"),
        "weights (SHA-256)": model.get("weights"),
        "parameters": _count(model.get("parameters")),
        "context, tokens": model.get("context"),
        "tokenizer (SHA-256)": model.get("tokenizer"),
        "chat template (SHA-256)": model.get("chat_template"),
        "dtype": made.get("dtype"),
        "backend": ", ".join([str(made.get("backend")), *versions]),
        "device": made.get("device"),
        "a rewind is": model.get("rewind"),
        **{f"model.{key}": value for key, value in settings.items() if value is not None and key != "dtype"},
    }
    head = [f"# {escape(str(model.get('label', 'model')))}", *([EMBEDDED] if embedded else [])]
    return _page([*head, _table(("what", "value"), _cells(rows))])


def law_model_card(model: Mapping[str, Any]) -> str:
    """A tiny model is its whole table: its size here, its probabilities in provenance.json."""
    rows = {
        "vocabulary": len(model.get("vocab", ())),
        "longest text, tokens": model.get("horizon"),
        "banned": model.get("banned"),
        "whole words only": model.get("whole_words"),
    }
    head = f"# {escape(str(model.get('name', 'model')))}"
    where = "An explicit model, small enough to follow every draw. Its probabilities: `provenance.json`."
    return _page([head, where, _table(("what", "value"), _cells(rows))])


def strategy_card(label: str, settings: Mapping[str, Any]) -> str:
    """By the settings and the strategy's own code: what it does, by its docstring, and every option."""
    return _page([f"# {escape(label)}", *_sections(settings)])


def _sections(settings: Mapping[str, Any]) -> Iterator[str]:
    """Of a strategy, then of the strategies inside it."""
    name = str(settings.get("name"))
    options = {key: value for key, value in settings.items() if key not in ("name", INNER, PARTS, *LISTS)}
    yield from _code(name)
    defaults = _defaults(name, settings)
    if options:
        rows = ((escape(key), *_compared(value, defaults, key)) for key, value in options.items())
        yield _table(("option", "value", "default"), rows)
    inner = [settings[INNER]] if INNER in settings else settings.get(PARTS) or ()
    for part in inner:
        group = part if isinstance(part, Mapping) else {"name": part}
        yield f"## Inside: {escape(str(group.get('name')))}"
        yield from _sections(group)


def _code(name: str) -> Iterator[str]:
    """Where it is defined and what its author says; the law is part of that."""
    kind = _kind(name)
    if kind is None:
        yield f"`{escape(name)}` is no strategy of this installation: what it does, its own code says."
        return
    yield f"`{kind.__qualname__}` in {_home(name, kind)}, revision {getattr(kind, 'revision', 1)}."
    if kind.__doc__:
        yield _prose(inspect.getdoc(kind) or "")


def _kind(name: str) -> Any:
    try:
        return Doob if name == DOOB else strategy_kind(name)
    except InputError:
        return None


def _home(name: str, kind: type) -> str:
    """The module, or a plug-in's file with its digest and package."""
    plugin = None if name == DOOB else find_plugin(name)
    if plugin is None:
        return f"`{kind.__module__.replace('.', '/')}.py`"
    package = f" of {escape(plugin.package)}" if plugin.package else ""
    return f"`{plugin.file.name}`{package} (SHA-256 {plugin.digest})"


def _defaults(name: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a strategy that is installed here; nothing otherwise."""
    inner = {key: settings[key] for key in (INNER, PARTS) if key in settings}
    try:
        return resolved_options(StrategySettings(name, inner))
    except InputError:
        return {}


def _compared(value: Any, defaults: Mapping[str, Any], key: str) -> tuple[str, str]:
    """The value, in bold when it was changed, and the default."""
    if key not in defaults:
        return _cell(value), "–"
    default = defaults[key]
    changed = plain(value) != plain(default)
    return (f"**{_cell(value)}**" if changed else _cell(value)), _cell(default)


def _cells(rows: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in rows.items():
        yield escape(name), "–" if value is None else _cell(value)


def _cell(value: Any) -> str:
    text = plain(value)
    return escape(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…") or "–"


def _count(parameters: Any) -> str | None:
    return f"{parameters:,}" if isinstance(parameters, int) else None


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(map(line, lines))


def _prose(docstring: str) -> str:
    """A docstring as text that wraps: its list items and blank lines are kept, and nothing else acts in it."""
    return "\n".join(map(_prose_line, docstring.splitlines()))


def _prose_line(line: str) -> str:
    text = line.lstrip()
    item = "- " if text.startswith("- ") else ""
    return f"{' ' * min(2, len(line) - len(text))}{item}{escape(text.removeprefix(item))}"


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"
