"""JsonSchema: what cannot become JSON is taken back, and everything that can is let through."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampler.backends import ScriptedBackend
from sampler.law import exact_law
from strategies import JsonSchema
from tests.models import random_bigram, total_variation
from tests.writing import notes, rewinds, write

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("aé🐟 ,:", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
)
ANY = JsonSchema()
VOCAB = ["[", "]", "1", ",", '"a"', "<eos>"]


@given(JSON, st.sampled_from([None, 2]), st.sampled_from(["", "\n ", " "]))
def test_every_beginning_of_every_value_is_viable(value, indent, front):
    text = front + json.dumps(value, ensure_ascii=False, indent=indent)
    for end in range(len(text) + 1):
        assert ANY.judge(text[:end]).viable == end
    assert ANY.judge(text).complete


def test_viable_is_having_a_continuation():
    """Every string of at most 3 of these characters is viable exactly if some string of at most 6 continues it."""
    valid = {text for length in range(1, 7) for text in strings("[]1,", length) if _is_json(text)}
    beginnings = {text[:end] for text in valid for end in range(len(text) + 1)}
    for length in range(1, 4):
        for text in strings("[]1,", length):
            assert (ANY.judge(text).viable == len(text)) == (text in beginnings), text


def strings(alphabet, length):
    return map("".join, itertools.product(alphabet, repeat=length))


def _is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_the_law_is_the_local_mask():
    """At each position the model on the viable tokens, renormalised; a closed value ends the text."""
    backend = random_bigram(VOCAB, 3, {5})
    law = exact_law(backend, ANY, max_new_tokens=3, tolerance=1e-12)

    def walk(prefix, text, mass, out):
        row = backend.score(prefix, [0]).new_tensor([float(backend.score(prefix, [t])[0].exp()) for t in range(6)])
        fits = [t for t in range(6) if (ANY.judge(text).complete if t == 5 else _viable(text + VOCAB[t]))]
        z = sum(float(row[t]) for t in fits)
        for t in fits:
            tokens, share = (*prefix, t), mass * float(row[t]) / z
            longer = text if t == 5 else text + VOCAB[t]
            if t == 5 or len(tokens) == 3 or ANY.judge(longer).closed:
                out[tokens] = out.get(tokens, 0.0) + share
            else:
                walk(tokens, longer, share, out)
        return out

    assert total_variation(law.probability, walk((), "", 1.0, {})) < 1e-11


def _viable(text):
    return ANY.judge(text).viable == len(text)


def wants(*pieces):
    """A model that wants `pieces` by rank, whatever stands before: the first that is allowed is taken."""
    vocab = [*dict.fromkeys(pieces), "<eos>"]
    return ScriptedBackend(vocab, lambda prefix: [-float(i) for i in range(len(vocab))], {len(vocab) - 1})


def test_greedy_takes_the_most_probable_token_that_fits():
    g = write(wants("x", "}", "7", '{"a":', "1"), JsonSchema(), max_new_tokens=3)
    assert g.text == "777"
    g = write(wants("x", "}", '{"a":', "1"), JsonSchema(), max_new_tokens=3)
    assert (g.text, {why for _, _, why in rewinds(g)}) == ('{"a":' * 3, {"no JSON"})


def test_a_schema_is_kept_to():
    a_number = {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    g = write(wants("x", "true", '"b"', "}", '"a"', ":", "7", "{", "["), JsonSchema(a_number), max_draws=500)
    assert (g.text, g.finish_reason) == ('{"a":7}', "stop")
    g = write(wants("true", "[", "7", "]", "{"), JsonSchema({"type": "array", "maxItems": 1}), max_draws=500)
    assert (g.text, g.finish_reason) == ("[true]", "stop")


def test_an_end_before_the_value_is_complete_is_taken_back():
    backend = ScriptedBackend(
        ["[", "1", "]", "<eos>"], lambda prefix: [0.0, 1.0 if prefix else -9, 2.0 if len(prefix) > 2 else -9, 5.0], {3}
    )
    g = write(backend, JsonSchema())
    assert g.finish_reason == "stop"
    assert isinstance(json.loads(g.text), list)


def test_the_length_limit_may_cut_and_says_so():
    g = write(wants("["), JsonSchema(), max_new_tokens=3)
    assert (g.text, g.finish_reason, notes(g)) == ("[[[", "length", ["incomplete"])


def test_a_character_that_began_in_an_earlier_token_is_taken_back_from_there():
    """ "{" + the first byte of "é" + the second: the character is judged when it is whole, and begins one token ago."""
    vocab = [b"{", "é".encode()[:1], "é".encode()[1:], b"}", b"<eos>"]
    backend = ScriptedBackend(
        vocab, lambda prefix: [0.0 if prefix else 5.0, 4.0, 6.0 if prefix and prefix[-1] == 1 else -9, 1.0, -9.0], {4}
    )
    g = write(backend, JsonSchema())
    assert rewinds(g)[0] == (3, 1, "no JSON")
    assert g.text == "{}"


def test_half_a_character_at_the_end_is_no_json():
    law = exact_law(
        ScriptedBackend(["1", b"\xc3", "<e>"], lambda p: [0.0, 0.0, 0.0], {2}), JsonSchema(), max_new_tokens=3
    )
    for generation in law.finished.values():
        assert _is_json(generation.text) or [note.note for note in generation.notes][-1:] == ["incomplete"]


@pytest.mark.parametrize(
    ("schema", "error", "message"),
    [
        ("{}", TypeError, "schema: '{}' is no mapping"),
        ({"type": "objec"}, ValueError, "schema: Invalid type: objec"),
        ({"$ref": "https://example.org/x"}, ValueError, "schema: "),
    ],
)
def test_wrong_schemas(schema, error, message):
    with pytest.raises(error, match=message):
        JsonSchema(schema)
