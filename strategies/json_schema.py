"""Text that is JSON, or JSON of one schema: take back what can no longer become it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from sampler import Accept, Decision, Prompt, Rewind, Stop, Strategy, View

WHITE = " \t\r\n"


class Verdict(NamedTuple):
    """What a text is on the way to."""

    viable: int  # leading characters after which it can still become such a value
    complete: bool  # it is one
    closed: bool  # and nothing may follow


class JsonSchema(Strategy[None]):
    """Goes back by the token after which the text cannot become valid JSON any more, and bans it there.

    The library llguidance decides; `schema` is a JSON schema as json.load makes it, None allows any JSON. Strings are
    written out, without \\u escapes; white space in front is skipped. The text ends ("stop") where nothing may follow.
    An end before the value is complete is taken back too: only the length limit can cut it, noted "incomplete".

    Law: at every position the model conditioned on the tokens after which the text can still become such a value
    (the local mask, drawn by rejection). It is not the model conditioned on valid texts: no look ahead.
    """

    def __init__(self, schema: Mapping[str, Any] | None = None) -> None:
        from llguidance import LLMatcher, LLTokenizer

        if not isinstance(schema, Mapping | None):
            raise TypeError(f"schema: {schema!r} is no mapping; give a JSON schema as json.load makes it")
        self._bytes = LLTokenizer("byte")  # one token a byte: what is judged is text, however it was tokenised
        self._grammar = LLMatcher.grammar_from_json_schema(json.dumps(schema or {}), {"whitespace_flexible": True})
        problem = LLMatcher.validate_grammar(self._grammar, self._bytes)
        if problem:
            raise ValueError(f"schema: {problem}; use what llguidance supports of JSON schema")

    def init(self, prompt: Prompt) -> None:
        return None

    def step(self, state: None, view: View) -> tuple[None, Decision]:
        verdict = self.judge(view.text)
        if verdict.viable < len(view.text):
            return None, _ban(view, view.token_at(verdict.viable))
        complete = verdict.complete and view.whole  # bytes of half a character are no JSON
        if view.final in ("eos", "stop") and not complete:
            return None, _ban(view, len(view.tokens) - 1)
        if verdict.closed and complete and view.final is None:
            return None, Stop("complete")
        return None, Accept(view.whole, "incomplete" if view.final and not complete else "")

    def judge(self, text: str) -> Verdict:
        """How far `text` may be the beginning of a value, and whether it is one."""
        from llguidance import LLMatcher

        value = text.lstrip(WHITE)
        data = value.encode()
        matcher = LLMatcher(self._bytes, self._grammar)
        fits = matcher.validate_tokens(list(data))
        if fits < len(data):
            return Verdict(len(text) - len(value) + len(data[:fits].decode(errors="ignore")), False, False)
        matcher.consume_tokens(list(data))
        return Verdict(len(text), matcher.is_accepting(), matcher.is_stopped())


def _ban(view: View, token: int) -> Rewind:
    return Rewind(token, "no JSON", {view.tokens[token]: -math.inf})
