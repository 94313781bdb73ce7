"""Bytes → text → positions: no crash, no lost byte, right positions, whatever the bytes and however they are split."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from sampler.stops import first_stop, open_stop
from sampler.text import TextStack

# Text and broken bytes in one stream: emoji, CJK, accents, U+2500, replacement characters, lone continuation bytes.
DATA = st.lists(st.one_of(st.text("aé─漢😀\ufffd", max_size=3).map(str.encode), st.binary(max_size=4)), max_size=8).map(
    b"".join
)
CUTS = st.lists(st.integers(0, 40), max_size=12)


def split(data, cuts):
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@given(DATA, CUTS)
def test_pieces_join_to_the_decoding_of_the_whole(data, cuts):
    stack = TextStack()
    for token in split(data, cuts):
        stack.push(token)
    assert str(stack) + stack.flush() == data.decode("utf-8", "replace")


@given(DATA, CUTS, st.integers(0, 12))
def test_truncate_is_as_if_the_rest_had_never_been(data, cuts, n):
    tokens = split(data, cuts)
    stack, fresh = TextStack("prompt"), TextStack("prompt")
    for token in tokens:
        stack.push(token)
    stack.truncate(n)
    for token in tokens[:n]:
        fresh.push(token)
    for token in tokens:
        assert stack.push(token) == fresh.push(token)
    assert (str(stack), stack.ends, stack.pending) == (str(fresh), fresh.ends, fresh.pending)


@given(DATA, CUTS)
@example(b"\xed\xa1a", [1, 2])  # half a surrogate, split
def test_every_character_begins_in_the_token_that_holds_its_first_byte(data, cuts):
    stack, tokens = TextStack(), split(data, cuts)
    for token in tokens:
        stack.push(token)
    owner = [i for i, token in enumerate(tokens) for _ in token]  # token of each byte
    consumed = 0
    for offset, char in enumerate(str(stack)):
        assert stack.token_at(offset) == owner[consumed]
        assert stack.char(offset) == char
        consumed += width_of_first(data[consumed:])


def width_of_first(data):
    """Bytes that the first character of `data` is made of; U+FFFD stands for a maximal invalid sequence."""
    first = data.decode("utf-8", "replace")[0]
    if data.startswith(first.encode()):
        return len(first.encode())
    # one byte more begins a second character, unless nothing follows
    return next(n for n in (1, 2, 3) if n == len(data) or len(data[: n + 1].decode("utf-8", "replace")) > 1)


@given(DATA, CUTS, st.integers(0, 30), st.integers(0, 30))
def test_between_is_a_slice_of_the_text(data, cuts, start, end):
    stack = TextStack()
    for token in split(data, cuts):
        stack.push(token)
    assert stack.between(start, end) == str(stack)[start:end]


def test_negative_offsets_reach_into_the_prompt():
    stack = TextStack("ab")
    stack.push(b"c")
    assert [stack.char(i) for i in (-3, -2, -1, 0, 1)] == ["", "a", "b", "c", ""]
    assert stack.token_at(-1) == 0


def test_a_character_begun_in_the_prompt_is_completed_by_the_continuation():
    stack = TextStack("caf", "é".encode()[:1])
    assert stack.push("é".encode()[1:] + b"!") == "é!"
    assert stack.token_at(0) == 0


@given(st.text("abc", max_size=12), st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=3), CUTS)
def test_first_stop_finds_what_a_search_of_the_whole_finds(text, stops, cuts):
    stack = TextStack()
    for token in split(text.encode(), cuts):
        piece = stack.push(token)
        starts = [start for stop in stops if (start := str(stack).find(stop)) >= 0]
        found = first_stop(stack, tuple(stops), piece)
        if found is not None:
            assert found == min(starts)
            return
        assert not starts


@given(st.text("abc", max_size=8), st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=3))
def test_open_stop_means_that_a_suffix_may_become_one(text, stops):
    stack = TextStack()
    stack.push(text.encode())
    suffixes = [text[len(text) - n :] for n in range(1, len(text) + 1)]
    opens = any(stop.startswith(suffix) and suffix != stop for suffix in suffixes for stop in stops)
    assert open_stop(stack, tuple(stops)) == opens
