"""From where on a text must be read when a token, or the end, has come."""

from __future__ import annotations

from typing import NamedTuple

from sampler import View


class Unread(NamedTuple):
    """The first token to read, from the state that stands before it."""

    token: int
    is_cut: bool  # it was read before: only what the new end of the text decides is to be judged


def first_unread(view: View) -> Unread:
    """The newest token; what follows it when it was judged already and turned out to be the last; or an earlier one.

    A stop string may have moved the end back into earlier tokens: then the text is read again from the last token
    that is kept whole.
    """
    newest = len(view.states) - 1
    token = newest if view.final is None else min(view.tokens_within(view.end), newest)
    return Unread(token, token < newest)
