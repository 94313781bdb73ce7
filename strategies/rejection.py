"""Redraw the whole text until it holds nothing banned: the exact law, at its price."""

from __future__ import annotations

from collections.abc import Sequence

from strategies.antislop import AntiSlop
from strategies.phrases import PhraseList


class Rejection(AntiSlop):
    """Throws the text away when a phrase or a regex match is complete, and begins again.

    Law: p conditioned on holding none of them, exactly, with p the model after temperature and truncation. It costs
    1/Z texts for each kept one, Z being the probability of a clean text; every other ban is measured against it. A
    row whose `max_draws` run out first ends "budget" and is no sample of the law. (The local kind, which redraws
    from where the phrase began, is `AntiSlop(phrases, ban="none")`.)
    """

    def __init__(
        self,
        phrases: PhraseList = (),
        regexes: Sequence[str] = (),
        *,
        whole_words: bool = True,
        ignore_case: bool = True,
        scan_prompt: bool = True,
        regex_timeout: float = 0.1,
    ) -> None:
        super().__init__(
            phrases,
            regexes,
            ban="none",
            rewind_to="start",
            whole_words=whole_words,
            ignore_case=ignore_case,
            scan_prompt=scan_prompt,
            regex_timeout=regex_timeout,
        )
