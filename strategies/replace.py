"""Find a text, and write another in its place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from typing import NamedTuple, Self

from sampler import Accept, Decision, Prompt, Rewind, Strategy, View, Vocab
from strategies.finder import Finder, Place
from strategies.hit import Hit


class Progress(NamedTuple):
    """What a text has been through."""

    place: Place
    replaced: int = 0
    written: int = 0  # characters up to the end of the last replacement: what touches it stays


class Replace(Strategy[Progress]):
    """Goes back to where `find` begins and forces `replace` there; the model goes on behind it.

    What the replacement itself contains, or completes, is not replaced again, so a `replace` that contains `find`
    ends. A text that begins in the prompt stays.

    Law: the model's own up to a found text; there the replacement with probability 1; behind it the model's own
    again, given everything before.
    """

    def __init__(
        self,
        find: str | Sequence[str],
        replace: str,
        *,
        max_replacements: int | None = None,
        skip_tokens: int = 0,
        max_new_tokens_for_replace: int | None = None,
        max_prob: float = 1.0,
        whole_words: bool = True,
        ignore_case: bool = True,
    ) -> None:
        """Only texts whose first token has a number from `skip_tokens` to `max_new_tokens_for_replace` - 1, and at
        most the probability `max_prob` under the unmodified model, are replaced; `max_replacements` times a text.
        None is no limit.
        """
        texts = (find,) if isinstance(find, str) else tuple(find) if isinstance(find, Sequence) else ()
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError(f"find: {find!r} holds nothing to find; give a text, or a list of them")
        if not isinstance(replace, str) or not replace:
            raise ValueError(f"replace: {replace!r} is no text; to write something else instead, use AntiSlop")
        for name, value in (("max_replacements", max_replacements), ("skip_tokens", skip_tokens)):
            if value is not None and value < 0:
                raise ValueError(f"{name}: {value} is negative; use 0 or more")
        if not 0 <= max_prob <= 1:
            raise ValueError(f"max_prob: {max_prob} is outside [0, 1]; 1 replaces every text that is found")
        self.replace, self.max_logprob = replace, math.log(max_prob) if max_prob else -math.inf
        self.max_replacements = math.inf if max_replacements is None else max_replacements
        end = math.inf if max_new_tokens_for_replace is None else max_new_tokens_for_replace
        self._skip, self._end = skip_tokens, end
        self._finder = Finder(
            texts, (), whole_words=whole_words, ignore_case=ignore_case, scan_prompt=False, regex_timeout=1.0
        )
        self._vocab: Vocab | None = None

    def bind(self, vocab: Vocab) -> Self:
        bound = copy(self)
        bound._vocab = vocab
        try:  # a text that this vocabulary cannot spell fails here, not in the middle of a run
            vocab.encode(self.replace)
        except ValueError:
            vocab.encode(f" {self.replace}")  # it may have the words with the space before them only
        return bound

    def init(self, prompt: Prompt) -> Progress:
        return Progress(self._finder.begin(prompt))

    def step(self, state: Progress, view: View) -> tuple[Progress, Decision]:
        found = self._finder.read(view.of(_place))
        hit = next((hit for hit in found.hits if self._is_due(hit, state, view)), None)
        if hit is not None:
            return self._replaced(hit, state, view)
        after = state._replace(place=found.place)
        return after, Accept(settled=not self._finder.is_open(found.place, view))

    def _is_due(self, hit: Hit, state: Progress, view: View) -> bool:
        if hit.start < state.written or state.replaced >= self.max_replacements:
            return False
        first = view.token_at(hit.start)
        return self._skip <= first < self._end and view.logprob(first) <= self.max_logprob

    def _replaced(self, hit: Hit, state: Progress, view: View) -> tuple[Progress, Decision]:
        """Back to the token in which the text begins; what that token says before it is written again."""
        assert self._vocab is not None, "Replace.step: bind was not called"
        to = _begins_whole(view, view.token_at(hit.start))
        ahead = view.text[view.start(to) : hit.start]
        force = self._vocab.encode(ahead + self.replace)
        earlier: Progress = view.states[to]
        after = Progress(earlier.place, state.replaced + 1, hit.start + len(self.replace))
        return after, Rewind(to, self._finder.whys[hit.entry], force=force)


def _begins_whole(view: View, token: int) -> int:
    """`token`, or the earlier one in which its first character begins: half a character cannot be written again."""
    while (begun := view.token_at(view.start(token))) < token:
        token = begun
    return token


def _place(state: Progress) -> Place:
    return state.place
