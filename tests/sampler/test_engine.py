"""Rows, batches, budgets and ends, on the scripted backend."""

from __future__ import annotations

import math
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampler import Accept, BacktrackSampler, ContractError, Decoding, ExhaustedError, Rewind, Stop, Strategy
from sampler.backends import ScriptedBackend
from sampler.row import WINDOW
from strategies import AntiSlop, Plain
from tests.models import bigram, random_bigram

VOCAB = ["a", " b", " cat", "s", ".", "<eos>"]
EOS = {5}


@pytest.fixture
def backend():
    return random_bigram(VOCAB, 7, EOS)


def sampler(backend, strategy=None, **options):
    return BacktrackSampler(backend, strategy or AntiSlop(["cat", "b b"]), **({"max_new_tokens": 30} | options))


def picture(generation):
    """Everything of a generation but wall time."""
    cost = generation.cost.as_record()
    return generation.id, generation.text, generation.tokens, generation.logprobs, generation.history, cost


PROMPTS = ["a", "a cat", "a b", "a", " b", "as", "a."] * 3


@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_a_row_never_depends_on_its_batch(backend, batch_size):
    """Guards: one generator for the whole batch, caches that neighbours share, costs that depend on company."""
    ids = [f"p{i}" for i in range(len(PROMPTS))]
    want = [picture(g) for g in sampler(backend, batch_size=len(PROMPTS)).generate(PROMPTS, ids)]
    order = list(range(len(PROMPTS)))
    random.Random(batch_size).shuffle(order)
    got = sampler(backend, batch_size=batch_size).generate([PROMPTS[i] for i in order], [ids[i] for i in order])
    assert [picture(g) for g in got] == [want[i] for i in order]


def test_equal_prompts_are_distinct_samples_and_equal_ids_equal_texts(backend):
    first, second = sampler(backend).generate(["a", "a"])
    assert first.text != second.text
    assert picture(sampler(backend).generate(["a"], ["1"])[0]) == picture(second)


def test_a_run_without_a_rewind_is_plain_token_for_token(backend):
    """The best single regression test: a ban that never fires changes nothing."""
    plain = sampler(backend, Plain()).generate(PROMPTS)
    banned = sampler(backend, AntiSlop(["unicorn"])).generate(PROMPTS)
    assert [g.tokens for g in plain] == [g.tokens for g in banned]
    assert all(not g.events for g in banned)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), rewind_to=st.sampled_from(["phrase", "token", "sentence"]))
def test_cost_identities(seed, rewind_to):
    """drawn = kept + discarded; fed = prompt + kept_fed + discarded_fed + refed; a held row refeeds nothing."""
    backend = random_bigram(VOCAB, seed, EOS)
    strategy = AntiSlop(["cat", "b b", "s."], rewind_to=rewind_to, whole_words=False)
    for prompt, g in zip(PROMPTS, sampler(backend, strategy).generate(PROMPTS), strict=True):
        cost = g.cost
        assert len(g.tokens) == cost.kept == len(g.logprobs)
        assert cost.drawn == cost.kept + cost.discarded
        assert cost.discarded == sum(e.at - e.to for e in g.events)
        assert sum(cost.rewinds.values()) == len(g.events)
        assert cost.refed == 0
        n_prompt = len(backend.vocab.prompt(prompt).tokens)
        # every forward after the prefill feeds exactly the one token that was kept since
        assert cost.fed == n_prompt + cost.forwards - 1
        assert cost.forwards <= cost.drawn


def test_logprobs_are_the_base_models(backend):
    g = sampler(backend, decoding=Decoding(temperature=0.3, top_k=2)).generate(["a"])[0]
    assert g.logprobs == pytest.approx(backend.score(backend.vocab.encode("a"), g.tokens).tolist(), abs=1e-12)


class BackToStart(Strategy[int]):
    """Goes back to position 0 once, after `when` tokens."""

    def __init__(self, when):
        self.when = when

    def init(self, prompt):
        return 0

    def step(self, state, view):
        if len(view.tokens) == self.when and not view.given(0):
            return view.states[0], Rewind(0, "restart", {view.tokens[0]: -math.inf})
        return state + 1, Accept(settled=False)


@pytest.mark.parametrize("length", [WINDOW // 2, WINDOW + 1, 3 * WINDOW])
def test_position_zero_is_held_however_far_the_text_went(length):
    backend = random_bigram(VOCAB[:5], 1)
    g = sampler(backend, BackToStart(length), max_new_tokens=length + 5).generate(["a"])[0]
    assert [(e.at, e.to) for e in g.events] == [(length, 0)]
    assert (g.cost.refed, g.cost.kept, g.state) == (0, length + 5, length + 5)


class BackBy(Strategy[None]):
    """Goes back by `depth` once, after `when` tokens."""

    def __init__(self, when, depth):
        self.when, self.depth = when, depth

    def init(self, prompt):
        return None

    def step(self, state, view):
        to = self.when - self.depth
        if len(view.tokens) == self.when and not view.given(to):
            return None, Rewind(to, "back", {view.tokens[to]: -math.inf})
        return None, Accept(settled=False)


def test_a_rewind_beyond_the_window_refeeds_one_token():
    backend = random_bigram(VOCAB[:5], 1)
    inside = sampler(backend, BackBy(100, WINDOW - 1), max_new_tokens=110).generate(["a"])[0]
    beyond = sampler(backend, BackBy(100, WINDOW + 5), max_new_tokens=110).generate(["a"])[0]
    assert (inside.cost.refed, beyond.cost.refed) == (0, 1)


class AtTheEnd(BackBy):
    """Remembers what it was asked last, and the logits it was shown."""

    def step(self, state, view):
        if view.final:
            self.last = view.position, view.final, view.logprobs.tolist()
        return super().step(state, view)


@pytest.mark.parametrize("depth", [1, WINDOW - 1, WINDOW, WINDOW + 1, 80, 99, 100])
def test_where_a_rewind_ends_the_budget_the_last_token_is_judged_again_however_far_it_went(depth):
    """Guards: a phrase that waited for its right boundary, left standing because its logits were no longer held."""
    backend, strategy = random_bigram(VOCAB[:5], 1), AtTheEnd(100, depth)
    g = sampler(backend, strategy, max_new_tokens=200, max_draws=100).generate(["a"])[0]
    assert (g.finish_reason, g.cost.drawn, g.cost.kept) == ("budget", 100, 100 - depth)
    assert g.cost.refed == (1 if WINDOW <= depth < 99 else 0)
    if g.tokens:
        position, final, logprobs = strategy.last
        prefix = (*backend.vocab.encode("a"), *g.tokens[:-1])
        want = [float(backend.score(prefix, (token,))) for token in range(backend.vocab.size)]
        assert (position, final) == (len(g.tokens) - 1, "length")
        assert logprobs == pytest.approx(want)


def test_a_dead_end_behind_a_deep_rewind_has_its_last_token_judged_too():
    """All is banned where the rewind leads to; the token before it is not held any more."""

    class DeadEnd(AtTheEnd):
        def step(self, state, view):
            if len(view.tokens) == self.when:
                to = self.when - self.depth
                return None, Rewind(to, "dead", dict.fromkeys(range(5), -math.inf))
            return super().step(state, view)

    backend, strategy = random_bigram(VOCAB[:5], 1), DeadEnd(100, 80)
    g = sampler(backend, strategy, max_new_tokens=200).generate(["a"])[0]
    assert (g.finish_reason, g.cost.kept, g.cost.refed) == ("exhausted", 20, 2)
    assert strategy.last[:2] == (19, "length")


def test_a_row_whose_dead_end_is_undone_goes_on():
    """Guards: a row that once had no way out, taken for ended where its judged end has opened one."""

    class Undo(Strategy[None]):
        def init(self, prompt):
            return None

        def step(self, state, view):
            if view.final and len(view.tokens) == 2:
                return None, Rewind(1, "undo", {view.tokens[1]: -math.inf})
            if len(view.tokens) == 3 and not view.given(1):
                return None, Rewind(2, "dead", dict.fromkeys(range(5), -math.inf))
            return None, Accept(settled=False)

    g = sampler(random_bigram(VOCAB[:5], 1), Undo(), max_new_tokens=6).generate(["a"])[0]
    assert [(e.at, e.to, e.why) for e in g.events] == [(3, 2, "dead"), (2, 1, "undo")]
    assert (g.finish_reason, g.cost.kept) == ("length", 6)


def test_rewind_below_the_released_line_is_a_contract_error():
    class Liar(BackToStart):
        def step(self, state, view):
            return state, Accept(True) if len(view.tokens) < 3 else Rewind(0, "lie")

    with pytest.raises(ContractError, match=r"rewind to 0 is outside 2\.\.3"):
        sampler(random_bigram(VOCAB[:5], 1), Liar(0)).generate(["a"])


class Forcing(Strategy[tuple[bool, ...]]):
    """Forces " cat" "s" after the first token, and remembers which tokens were forced."""

    def init(self, prompt):
        return ()

    def step(self, state, view):
        state = (*state, view.forced)
        if len(view.tokens) == 1 and not view.forced:
            return state, Rewind(1, "force", force=(2, 3))
        return state, Accept(True)


def test_forced_tokens_are_stepped_and_counted_as_draws(backend):
    g = sampler(backend, Forcing(), max_new_tokens=5).generate(["a"])[0]
    assert g.tokens[1:3] == (2, 3)
    assert g.state[1:3] == (True, True)
    assert g.cost.drawn == g.cost.kept == len(g.tokens)
    assert g.logprobs[2] == pytest.approx(float(backend.score((2,), (3,))[0]))


# -- ends ----------------------------------------------------------------------------------------------------------


def always(*tokens, vocab=VOCAB, eos=EOS):
    """A model that writes `tokens` in turn (by position), with a little mass on everything else."""

    def next_logits(prefix):
        want = tokens[min(len(prefix), len(tokens) - 1)]
        return [0.0 if token == want else -5.0 for token in range(len(vocab))]

    return ScriptedBackend(vocab, next_logits, eos)


GREEDY = Decoding(temperature=0)


def test_eos_ends_and_is_kept_but_not_in_the_text():
    g = sampler(always(0, 1, 5), Plain(), decoding=GREEDY).generate([""])[0]
    assert (g.text, g.tokens, g.finish_reason, g.cost.kept) == ("a b", (0, 1, 5), "eos", 3)


def test_any_of_several_eos_ids_ends():
    vocab = [*VOCAB, "<end>"]
    g = sampler(always(0, 6, vocab=vocab, eos={5, 6}), Plain(), decoding=GREEDY).generate([""])[0]
    assert (g.text, g.finish_reason) == ("a", "eos")


def test_a_retracted_eos_does_not_end_the_text():
    """Guards: backtrack_sampler tests the drawn token for EOS after its strategy has taken it back."""

    class NoEnd(Strategy[None]):
        def init(self, prompt):
            return None

        def step(self, state, view):
            if view.final == "eos" and len(view.tokens) < 4:
                return None, Rewind(len(view.tokens) - 1, "not yet", {view.tokens[-1]: -math.inf})
            return None, Accept(True)

    g = sampler(always(0, 5, 5, 5, 5), NoEnd(), decoding=GREEDY).generate([""])[0]
    assert (len(g.tokens), g.tokens[-1], g.finish_reason) == (4, 5, "eos")


def test_length_counts_kept_tokens_and_work_is_never_refunded(backend):
    g = sampler(backend, max_new_tokens=10).generate(["a"] * 20)
    assert all(len(x.tokens) == 10 for x in g if x.finish_reason == "length")
    assert any(x.cost.drawn > 10 for x in g)
    few = sampler(backend, AntiSlop(["cat", "b"], ban="none"), max_new_tokens=10, max_draws=4).generate(["a"] * 20)
    assert {x.finish_reason for x in few} >= {"budget"}
    assert all(x.cost.drawn <= 4 for x in few)
    assert all(" cat" not in x.text.split("s")[0] for x in few if "s" not in x.text)


def test_the_context_ends_a_row_with_length_and_its_neighbours_go_on():
    backend = ScriptedBackend(["a", "b"], lambda prefix: [0.0, 0.0], max_len=6)
    short, long = sampler(backend, Plain()).generate(["a", "abab"])
    assert (len(short.tokens), len(long.tokens)) == (5, 2)
    assert short.finish_reason == long.finish_reason == "length"
    with pytest.raises(ValueError, match=r"prompt '0': 6 tokens leave no room in the model's context of 6"):
        sampler(backend, Plain()).generate(["ababab"])


@pytest.mark.parametrize(("stop", "text"), [((" cat",), "a b"), (("ts",), "a b ca"), (("zz", "cats", "at"), "a b c")])
def test_stop_strings_cut_the_text_but_not_the_tokens(stop, text):
    g = sampler(always(0, 1, 2, 3, 4), Plain(), stop=stop, decoding=GREEDY).generate([""])[0]
    assert (g.text, g.finish_reason) == (text, "stop")
    assert len(g.tokens) == g.cost.kept


def test_everything_banned_ends_the_row_and_draws_nothing_impossible():
    backend = ScriptedBackend(["a", "b"], lambda prefix: [0.0, 0.0])
    strategy = AntiSlop(["a", "b"], whole_words=False, on_exhausted="stop")
    g = sampler(backend, strategy).generate([""])[0]
    assert (g.text, g.finish_reason, g.cost.kept) == ("", "exhausted", 0)
    with pytest.raises(ExhaustedError, match="every token is banned"):
        sampler(backend, AntiSlop(["a", "b"], whole_words=False, on_exhausted="error")).generate([""])


def test_truncation_looks_at_what_is_left_after_the_bans():
    """Guards: top_k=1 picked before the ban leaves nothing to draw."""
    backend = ScriptedBackend(["a", "b", "c"], lambda prefix: [3.0, 2.0, 1.0])
    g = sampler(backend, AntiSlop(["a"], whole_words=False), decoding=Decoding(top_k=1), max_new_tokens=3).generate(
        [""]
    )[0]
    assert g.text == "bbb"


@pytest.mark.parametrize(
    ("row", "said"),
    [([math.nan, 0.0], "nan"), ([math.inf, 0.0], "nan"), ([-math.inf, -math.inf], "nan")],
)
def test_bad_logits_end_their_row_with_an_error_naming_the_position(row, said):
    def next_logits(prefix):
        return row if len(prefix) == 3 and prefix[0] == 1 else [0.0, 0.0]

    good, bad = sampler(ScriptedBackend(["a", "b"], next_logits), Plain(), max_new_tokens=6).generate(["a", "b"])
    assert (good.finish_reason, len(good.tokens)) == ("length", 6)
    assert (bad.finish_reason, len(bad.tokens)) == ("error", 2)
    assert re.match(f"position 2: the logits' normaliser is {said}: NaN, [+]inf, or no finite logit", bad.error)


def test_stop_decision_ends_the_row_as_stop(backend):
    class Enough(Strategy[None]):
        def init(self, prompt):
            return None

        def step(self, state, view):
            return None, Stop("enough") if len(view.tokens) == 3 else Accept(True)

    g = sampler(always(0, 1, 0, 1), Enough()).generate([""])[0]
    assert (g.finish_reason, len(g.tokens)) == ("stop", 3)


# -- streams -------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    stop=st.sampled_from([(), ("s.",), (" cat", "ss")]),
    rewind_to=st.sampled_from(["phrase", "sentence", "start"]),
)
def test_pieces_join_to_the_text_and_nothing_released_is_taken_back(seed, stop, rewind_to):
    backend = random_bigram(VOCAB, seed, EOS)
    writer = sampler(backend, AntiSlop(["cat", "b b."], rewind_to=rewind_to), stop=stop, seed=seed, max_new_tokens=20)
    pieces = list(writer.stream("a"))
    assert all(pieces)
    assert "".join(pieces) == writer.generate(["a"])[0].text


def test_streaming_starts_before_the_end():
    pieces = list(sampler(always(0, 1, 2, 3, 4, 5), Plain(), decoding=GREEDY).stream(""))
    assert pieces == ["a", " b", " cat", "s", "."]


def test_a_closed_stream_leaks_nothing(backend):
    """Guards: backtrack_sampler skips its resets when a generator is closed early."""
    writer = sampler(backend)
    want = picture(writer.generate(["a"], ["x"])[0])
    stream = writer.stream("a")
    next(stream)
    stream.close()
    paused = writer.stream(" b")
    next(paused)
    assert picture(writer.generate(["a"], ["x"])[0]) == want
    assert backend.slots.acquire() == 1  # the paused stream still holds slot 0


# -- arguments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_new_tokens": 0}, "max_new_tokens: 0 is below 1"),
        ({"max_new_tokens": 1.5}, "max_new_tokens: 1.5 is not an integer"),
        ({"max_draws": 0}, "max_draws: 0 is below 1"),
        ({"batch_size": -1}, "batch_size: -1 is below 1"),
        ({"seed": "x"}, "seed: 'x' is not an integer"),
        ({"stop": "end"}, "stop: 'end' is one string"),
        ({"stop": ("",)}, "stop: an empty string"),
        ({"decoding": 0.7}, "decoding: 0.7 is not a Decoding"),
        ({"strategy": Plain}, "strategy: .* is no strategy instance"),
        ({"strategy": AntiSlop(["a"], ban="none"), "decoding": GREEDY}, "ban: 'none' redraws without a ban"),
    ],
)
def test_wrong_arguments_name_field_value_and_way_out(backend, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        sampler(backend, **options)


@pytest.mark.parametrize(
    ("prompts", "ids", "message"),
    [
        ("a", None, "prompts: 'a' is one text"),
        (["a", "a"], ["x"], "ids: 1 for 2 prompts"),
        (["a", "a"], ["x", "x"], "ids: 'x' appears twice"),
        (["a"], [1], "ids: 1 is not a string"),
        ([[99]], None, r"prompt: token id 99 is outside the vocabulary 0\.\.5"),
        (["x"], None, "no token of the vocabulary fits"),
    ],
)
def test_wrong_prompts_say_so(backend, prompts, ids, message):
    with pytest.raises((ValueError, TypeError), match=message):
        sampler(backend).generate(prompts, ids)


def test_prompts_may_be_token_ids(backend):
    writer = sampler(backend)
    assert picture(writer.generate([[0, 1]])[0])[1:] == picture(writer.generate(["a b"])[0])[1:]
    assert "".join(writer.stream([0, 1])) == writer.generate([[0, 1]])[0].text
    assert bigram(["a"], [[1.0], [1.0]]).vocab.eos == frozenset()


# -- the contract of a strategy ------------------------------------------------------------------------------------


def test_a_strategy_needs_no_base_class(backend):
    """The protocol is structural: `init` and `step` are enough."""

    class Bare:
        def init(self, prompt):
            return 0

        def step(self, state, view):
            return state + 1, Accept(True)

    g = sampler(backend, Bare(), max_new_tokens=5).generate(["a"])[0]
    assert g.state == len(g.tokens)
    assert g.tokens == sampler(backend, Plain(), max_new_tokens=5).generate(["a"])[0].tokens


class Says(Strategy[None]):
    """Answers the third token with `decision`."""

    def __init__(self, decision):
        self.decision = decision

    def init(self, prompt):
        return None

    def step(self, state, view):
        return None, self.decision if len(view.tokens) == 3 else Accept(False)


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        ("yes", "Says.step returned 'yes'; use Accept, Rewind or Stop"),
        (Rewind(4, "ahead"), r"rewind to 4 is outside 0\.\.3"),
        (Rewind(-1, "behind"), r"rewind to -1 is outside 0\.\.3"),
        (Rewind(1, "far", {0: -1.0}, at=7), "a bias at 7 has no prefix, there are 3 tokens"),
        (Rewind(1, "mad", {0: math.nan}), "bias of 'mad': nan is not a number of nats"),
        (Rewind(1, "odd", {6: -1.0}), r"Rewind.bias: token 6 is outside the vocabulary, 0\.\.5"),
        (Rewind(1, "forced", {0: math.inf}), "bias of 'forced': inf is not a number of nats"),
    ],
)
def test_a_broken_contract_is_an_error_that_says_which(decision, message):
    with pytest.raises(ContractError, match=message):
        sampler(always(0, 1, 0, 1), Says(decision), decoding=GREEDY).generate([""])


def test_a_rewind_may_not_keep_a_text_that_has_ended():
    with pytest.raises(ContractError, match=r"rewind to 3 keeps a text that has ended \(eos\)"):
        sampler(always(0, 1, 5), Says(Rewind(3, "on")), decoding=GREEDY).generate([""])


def test_attempts_count_the_draws_at_a_position_and_are_never_reset():
    class Watch(Strategy[tuple[int, ...]]):
        def init(self, prompt):
            return ()

        def shape(self, state, view):
            seen.append(("shape", view.position, view.attempt))
            return super().shape(state, view)

        def step(self, state, view):
            seen.append(("step", view.position, view.attempt))
            if len(seen) < 9 and len(view.tokens) == 2:
                return (), Rewind(0, "again")
            return (), Accept(False)

    seen: list[tuple[str, int, int]] = []
    sampler(always(0, 1), Watch(), max_new_tokens=2).generate([""])
    assert [attempt for what, position, attempt in seen if (what, position) == ("step", 0)] == [0, 1, 2]
    assert [entry[1:] for entry in seen[::2]] == [entry[1:] for entry in seen[1::2]]


@pytest.mark.parametrize("prompt", [[0.5], ["a", "b"], [None]])
def test_a_prompt_of_ids_takes_integers_only(prompt):
    """Guards: 0.5 read as token 0."""
    backend = ScriptedBackend(["a", "b"], lambda prefix: [0.0, 0.0])
    with pytest.raises(TypeError, match="is no token id; give a text, or a list of integers"):
        BacktrackSampler(backend, Plain(), max_new_tokens=1).generate([prompt])
