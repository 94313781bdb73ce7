"""Ban word n-grams: when the content words of one have been written in a row, go back to the first and choose again."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence

from sampler import Accept, Decision, Prompt, Rewind, Strategy, View
from strategies.choice import one_of
from strategies.exhaustion import OnExhausted, way_out
from strategies.hit import Hit
from strategies.matcher import fold, is_word
from strategies.ngrams import NGrams, Trail, Words, content_words
from strategies.phrases import PhraseList, parse_phrases
from strategies.stop_words import ENGLISH
from strategies.unread import first_unread


class NGramBan(Strategy[Trail]):
    """Goes back to the token in which a banned n-gram's first word begins, bans it at that prefix, and redraws.

    An entry such as "voice barely whisper" is found in "Her voice was barely a whisper": words are lower-cased, and
    what is no content word is passed over, in the text as in the entries, so "a voice" bans the word "voice".
    (Auto-antislop bans n-grams so; Paech et al. 2025, arXiv 2510.15061.) `stop_words`: None for the English ones of
    strategies/stop_words.py, () for none. An n-gram that begins in the prompt goes back to the first of its words
    that does not. `on_exhausted` as in AntiSlop.

    Law: none known in closed form; no kept text holds a banned n-gram, save under bans that "pass" lifted. One n-gram
    that begins with token a (probability q) and is completed with probability c: a is kept with probability q(1 - c).
    """

    def __init__(
        self,
        phrases: PhraseList = (),
        *,
        stop_words: Iterable[str] | None = None,
        on_exhausted: OnExhausted = "rewind_further",
    ) -> None:
        if isinstance(stop_words, str):
            raise TypeError(f"stop_words: {stop_words!r} is one string; use a list of words, [{stop_words!r}]")
        texts = parse_phrases(phrases).texts
        if not texts:
            raise ValueError("phrases: the list is empty; give at least one n-gram, or use Plain()")
        self.on_exhausted = one_of("on_exhausted", on_exhausted, OnExhausted)
        stops = ENGLISH if stop_words is None else frozenset("".join(map(fold, word)) for word in stop_words)
        entries = _entries(texts, stops)
        self.ngrams = NGrams(entries, stops)
        self.whys = tuple(f"ngram:{' '.join(words)}" for words in entries)

    def init(self, prompt: Prompt) -> Trail:
        """Inside whatever n-gram the prompt has begun; one that ends in the prompt is no hit."""
        return self.ngrams.feed(Trail(), prompt.text, -len(prompt.text))[0]

    def step(self, state: Trail, view: View) -> tuple[Trail, Decision]:
        trail, hits = self._read(view)
        notes = []
        for hit in hits:
            to = view.token_at(hit.start)
            if not view.lifted(to):
                return view.states[to], Rewind(to, self.whys[hit.entry], {view.tokens[to]: -math.inf})
            notes.append(f"passed {self.whys[hit.entry]}")
        return trail, Accept(view.whole and not self.ngrams.is_open(trail), "; ".join(notes))

    def exhausted(self, state: Trail, view: View) -> tuple[Trail, Decision]:
        return way_out(self.on_exhausted, state, view)

    def _read(self, view: View) -> tuple[Trail, list[Hit]]:
        """The search after the newest token, and the n-grams that this token, or the end of the text, decided."""
        token, is_cut = first_unread(view)
        trail, hits = self.ngrams.feed(view.states[token], view.text_from(token), view.start(token))
        if view.final is None:
            return trail, hits
        ended, at_end = self.ngrams.close(trail)
        if is_cut:
            return ended, at_end if is_word(view.char(view.end)) else []
        return ended, hits + at_end


def _entries(texts: Sequence[str], stop_words: frozenset[str]) -> tuple[Words, ...]:
    """Distinct n-grams. Entries without a content word are left out with a warning; ValueError when none has one."""
    entries = {text: content_words(text, stop_words) for text in texts}
    empty = [text for text, words in entries.items() if not words]
    if len(empty) == len(texts):
        raise ValueError(f"phrases: {empty[0]!r} holds no word that counts, nor does any entry; shorten stop_words")
    if empty:
        warnings.warn(f"phrases: {empty[0]!r} holds no word that counts, and bans nothing", stacklevel=3)
    return tuple(dict.fromkeys(words for words in entries.values() if words))
