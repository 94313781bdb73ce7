"""Ban phrases and regexes as text: when one has been written, go back to where it begins and choose again.

(After Paech et al. 2025, arXiv 2510.15061, and the antislop-sampler; the law of each variant is stated below.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from sampler import Accept, Decision, Decoding, Prompt, Rewind, Strategy, View
from strategies.choice import one_of
from strategies.exhaustion import OnExhausted, way_out
from strategies.finder import Finder, Place
from strategies.hit import Hit
from strategies.matcher import fold, plain
from strategies.phrases import PhraseList, parse_phrases

Ban = Literal["hard", "soft", "tilt", "none"]
RewindTo = Literal["phrase", "token", "sentence", "start"]

SENTENCE_ENDS = ".!?\n"
PAPER_FACTOR = 1e-10  # p_new = p_old * 10**(-10 s), arXiv 2510.15061


class AntiSlop(Strategy[Place]):
    """Goes back when a banned phrase, or a match of a banned regex, is complete, and redraws.

    Laws, with p the model after temperature and truncation (where stop strings are set, of texts before they are cut:
    a phrase in what a stop string cuts off has been judged by then):

    - ban="none", rewind_to="start": p conditioned on never saying a phrase, exactly (rejection sampling).
    - ban="none", otherwise: that of the Markov chain over prefixes in which completing a phrase leads back to where
      the rewind goes; the exact conditional where phrases begin at one place only.
    - ban="tilt", rewind_to="start": p(x) · Π factor over the phrases found in x, normalised, exactly.
    - ban="hard": no closed form is known. No text holds a phrase. With one phrase that begins with token a
      (probability q) and is completed with probability c, a is kept with probability q(1 - c).
    - ban="soft": no closed form is known; discontinuous in the factor, since any factor below 1 buys a second
      draw. `tilt` is the continuous rule.
    """

    def __init__(
        self,
        phrases: PhraseList = (),
        regexes: Sequence[str] = (),
        *,
        ban: Ban = "hard",
        strength: float = 1.0,
        rewind_to: RewindTo = "phrase",
        whole_words: bool = True,
        ignore_case: bool = True,
        scan_prompt: bool = True,
        on_exhausted: OnExhausted = "rewind_further",
        regex_timeout: float = 0.1,
    ) -> None:
        """`strength` s in [0, 1]: a factor f acts as f**s; without factors, and for regexes, the paper's 10**(-10 s).

        Regexes carry their own flags and ignore `whole_words` and `ignore_case`. `regex_timeout` is in seconds for
        one search; where it runs out, the note "timed out regex:<pattern>" says that the text is not known to be
        clean.
        """
        self.ban, self.rewind_to = one_of("ban", ban, Ban), one_of("rewind_to", rewind_to, RewindTo)
        self.on_exhausted = one_of("on_exhausted", on_exhausted, OnExhausted)
        if not 0 <= strength <= 1:
            raise ValueError(f"strength: {strength} is outside [0, 1]; 0 is no ban, 1 the full one")
        parsed = parse_phrases(phrases, fold if ignore_case else plain)
        self.finder = Finder(
            parsed.texts,
            regexes,
            whole_words=whole_words,
            ignore_case=ignore_case,
            scan_prompt=scan_prompt,
            regex_timeout=regex_timeout,
        )
        whys = self.finder.whys
        factors = parsed.factors or (PAPER_FACTOR,) * len(parsed.texts)
        factors += (PAPER_FACTOR,) * (len(whys) - len(factors))
        self.log_factors = tuple(strength * math.log(factor) for factor in factors)  # nats

    def check(self, decoding: Decoding) -> None:
        if decoding.greedy and self.ban in ("none", "tilt"):
            raise ValueError(
                f"ban: {self.ban!r} redraws without a ban, which at decoding.temperature 0 gives the same token "
                'for ever; use ban="hard" or a positive temperature'
            )

    def init(self, prompt: Prompt) -> Place:
        return self.finder.begin(prompt)

    def step(self, state: Place, view: View) -> tuple[Place, Decision]:
        found = self.finder.read(view)
        notes = list(found.notes)
        for hit in found.hits:
            rewind = self._judge(hit, view)
            if rewind is not None:
                return view.states[rewind.to], rewind._replace(note="; ".join(found.notes))
            notes.append(f"passed {self.finder.whys[hit.entry]}")
        return found.place, Accept(self._is_settled(found.place, view), "; ".join(notes))

    def exhausted(self, state: Place, view: View) -> tuple[Place, Decision]:
        return way_out(self.on_exhausted, state, view)

    def _is_settled(self, place: Place, view: View) -> bool:
        """Nothing that later text may complete would take us back before this point."""
        if self.rewind_to == "start" or self.finder.is_open(place, view):
            return False
        end = view.start(len(view.tokens))
        return self.rewind_to != "sentence" or (end > 0 and view.char(end - 1) in SENTENCE_ENDS)

    def _judge(self, hit: Hit, view: View) -> Rewind | None:
        """None: the phrase stays."""
        to = self._target(hit, view)
        at = max(to, view.token_at(hit.start))  # where the ban goes, whatever we rewind to
        why = self.finder.whys[hit.entry]
        log_factor = self.log_factors[hit.entry]
        if view.lifted(at):
            return None
        match self.ban:
            case "hard":
                return Rewind(to, why, {view.tokens[at]: -math.inf}, at)
            case "soft":
                stays = log_factor == 0 or why in view.given(at)
                return None if stays else Rewind(to, why, {view.tokens[at]: log_factor}, at)
            case "tilt":
                factor = math.exp(log_factor)
                return None if view.choose([factor, 1 - factor]) == 0 else Rewind(to, why)
            case "none":
                return Rewind(to, why)

    def _target(self, hit: Hit, view: View) -> int:
        first = view.token_at(hit.start)
        match self.rewind_to:
            case "phrase":
                return first
            case "token":
                return view.token_at(hit.end - 1)
            case "sentence":
                ends = (i for i in range(hit.start - 1, -1, -1) if view.char(i) in SENTENCE_ENDS)
                return min(first, next((_behind(i, view) for i in ends), 0))
            case "start":
                return 0


def _behind(offset: int, view: View) -> int:
    """The first token behind the character at `offset`; tokens without text belong to what stands before them."""
    return max(view.token_at(offset) + 1, view.tokens_within(offset + 1))
