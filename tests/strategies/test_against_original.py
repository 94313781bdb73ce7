"""Against backtrack_sampler 3.2.1: the same model and the same draws; its loop and its strategies as they stand.

Where texts differ, the difference is named by its number in CONFORMANCE and must be of that kind. The original has no
greedy mode: `top_k=1` is one. Its transformers provider works with transformers 5 (shown below) but reads a prefix
again in every text; `Remembering` gives the same logits, so that 72 prompts take seconds.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from sampler import BacktrackSampler, Decoding, Generation
from sampler.backends import TransformersBackend
from strategies import AdaptiveTemperature, AntiSlop, CreativeWriting, Replace

original = pytest.importorskip("backtrack_sampler", reason="backtrack_sampler is not installed: pip install '.[bench]'")
from backtrack_sampler.provider.transformers_provider import TransformersProvider  # noqa: E402

pytestmark = pytest.mark.slow

DATA = Path(__file__).resolve().parents[2] / "harness" / "data"
PROMPTS = [json.loads(line)["prompt"] for line in (DATA / "prompts" / "inkling_prompts.jsonl").open()]
LENGTH = 48  # tokens
GREEDY, DRAWN = Decoding(temperature=0), Decoding(temperature=1)


def entries(name):
    lines = (DATA / "phrases" / f"{name}.txt").read_text().splitlines()
    return [line for line in lines if line[:1] not in ("", "#")]


class Remembering(TransformersProvider):
    """Their provider, without its cache: one forward pass gives the logits of all prefixes of a text."""

    def __init__(self, model, tokenizer):
        super().__init__(model, tokenizer, torch.device("cpu"))
        self._known = {}
        self.read = 0  # tokens behind which the last logits stood

    def generate(self, input_ids, *args, **kwargs):
        if tuple(input_ids) not in self._known:
            self.learn(input_ids)
        self.read = len(input_ids)
        return self._known[tuple(input_ids)][None].clone()

    def learn(self, input_ids):
        with torch.inference_mode():
            rows = self.model(torch.tensor([input_ids])).logits[0]
        self._known |= {tuple(input_ids[:n]): row for n, row in enumerate(rows, start=1)}

    def remove_latest_cache(self, nr):
        pass


@pytest.fixture(scope="module")
def pair():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the model is too small to share
    model = AutoModelForCausalLM.from_pretrained(DATA / "inkling_2m", dtype=torch.float64)
    yield model.eval(), AutoTokenizer.from_pretrained(DATA / "inkling_2m")
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def backend(pair):
    return TransformersBackend(*pair)


@pytest.fixture(scope="module")
def provider(pair):
    return Remembering(*pair)


@pytest.fixture(scope="module")
def ours(backend, provider):
    """They feed prompts without BOS, so we do. What we wrote is most of what they will read."""

    def write(strategy, decoding=GREEDY, prompts=PROMPTS, **settings):
        sampler = BacktrackSampler(backend, strategy, decoding, max_new_tokens=LENGTH, **settings)
        encoded = [backend.vocab.encode(prompt) for prompt in prompts]
        outs = sampler.generate(encoded, ids=prompts)
        for tokens, out in zip(encoded, outs, strict=True):
            provider.learn((*tokens, *out.tokens))
        return outs

    return write


def theirs(provider, strategy, prompt, top_k=1):
    sampler = original.BacktrackSampler(provider, strategy)
    return tuple(sampler.generate(prompt, max_new_tokens=LENGTH, top_k=top_k))


def parted_at(one, other):
    """The first position at which two texts differ."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


class Watched:
    """Mixed into a strategy of theirs, remembers what it took back, as (position, tokens)."""

    def __init__(self, *args, **kwargs):
        self.taken = []
        super().__init__(*args, **kwargs)

    def backtrack(self, continuation_tokens):
        before = list(continuation_tokens)
        after = super().backtrack(continuation_tokens)
        if len(after) < len(before):
            self.taken.append((len(after), tuple(before[len(after) :])))
        return after


# -- AntiSlop ----------------------------------------------------------------------------------------------------------


class TheirAntiSlop(Watched, original.AntiSlopStrategy):
    pass


class Difference(NamedTuple):
    prompt: str
    out: Generation  # ours
    tokens: tuple[int, ...]  # theirs
    strategy: TheirAntiSlop
    position: int

    def text(self, tokens):
        return self.strategy.provider.decode(list(tokens))

    @property
    def taken(self):
        """What they took back at the place of the difference."""
        return [tokens for position, tokens in self.strategy.taken if position == self.position]

    @property
    def banned(self):
        """Phrases that we took back at that place."""
        return [event.why.removeprefix("phrase:") for event in self.out.events if event.to == self.position]


def begun_in_the_prompt(difference):
    """CONFORMANCE 1: the phrase stands in their text, but begins in the prompt, where they do not look."""
    whole = difference.prompt + difference.text(difference.tokens)
    begins = [whole.find(phrase) for phrase in difference.banned]
    return any(0 <= begin < len(difference.prompt) for begin in begins)


def a_token_too_early(difference):
    """CONFORMANCE 2: they banned a token of white space, we the next one, which holds the first character."""
    held = difference.position + 1
    return any(
        difference.text(tokens[:1]).isspace()
        and difference.out.tokens[difference.position] == tokens[0]
        and any(event.to == held for event in difference.out.events)
        for tokens in difference.taken
    )


def in_another_case(difference):
    """CONFORMANCE 3: the phrase stands in their text; what they put a space before, they lower-case."""
    rest = difference.text(difference.tokens[difference.position :])
    known = map(difference.text, difference.strategy.tokenized_slops)
    return any(rest.startswith(f" {phrase}") and f" {phrase}" not in known for phrase in difference.banned)


def part_of_a_word(difference):
    """CONFORMANCE 5: what they took back is in our text, where letters stand right before or behind it."""
    out, position = difference.out.tokens, difference.position
    text = difference.text(out)
    for tokens in difference.taken:
        start, end = (len(difference.text(out[:n])) for n in (position, position + len(tokens)))
        touches = [text[edge - 1] + text[edge] for edge in (start, end) if 0 < edge < len(text)]
        if out[position : position + len(tokens)] == tokens and any(map(str.isalpha, touches)):
            return True
    return False


LISTS = {
    "banned": (entries("inkling_banned"), []),
    "held out": (entries("inkling_heldout"), [a_token_too_early]),
    "overlapping": (["the air", "air was thick", "was thick with", "the", "a path", "the hum of the", "hum of"], []),
    "common words": (["the", "was", "and", "his", "her"], [part_of_a_word]),
    "parts of words": (["he", "ten", "in the"], [part_of_a_word]),
    "names": (["said Eldon", "asked Eldon", "by Saturday", "milking machine"], [in_another_case]),
    "first words": ([f"{prompt.split()[-1]} The air" for prompt in PROMPTS], [begun_in_the_prompt]),
}


@pytest.mark.parametrize("name", LISTS)
def test_antislop_gives_the_same_greedy_texts_but_for_named_faults(name, ours, provider):
    phrases, faults = LISTS[name]
    outs = ours(AntiSlop(phrases))
    differences = []
    for prompt, out in zip(PROMPTS, outs, strict=True):
        strategy = TheirAntiSlop(provider, phrases)
        tokens = theirs(provider, strategy, prompt)
        if tokens != out.tokens:
            differences.append(Difference(prompt, out, tokens, strategy, parted_at(tokens, out.tokens)))
    unexplained = [difference for difference in differences if not any(fault(difference) for fault in faults)]
    assert unexplained == []
    assert all(any(fault(difference) for difference in differences) for fault in faults)
    assert sum(bool(out.events) for out in outs) > 30  # or the list shows nothing


def test_their_own_provider_gives_the_same_texts(pair, ours):
    """With its cache, cut at every rewind: what `Remembering` leaves out changes nothing."""
    phrases, prompts = entries("inkling_banned"), PROMPTS[:6]
    outs = ours(AntiSlop(phrases))[:6]
    provider = TransformersProvider(*pair, torch.device("cpu"))
    strategy = TheirAntiSlop(provider, phrases)
    assert [theirs(provider, strategy, prompt) for prompt in prompts] == [out.tokens for out in outs]
    assert len(strategy.taken) >= 4


# -- Replace -----------------------------------------------------------------------------------------------------------

FIND = [" the smell of", " The barn roof", " a deep breath"]


@pytest.mark.parametrize(
    "settings",
    [{}, {"max_replacements": 1}, {"skip_tokens": 12}, {"max_new_tokens_for_replace": 16}],
    ids=lambda settings: ", ".join(settings) or "all",
)
def test_replace_gives_the_same_greedy_texts(settings, ours, provider):
    outs = ours(Replace(FIND, " the taste of", ignore_case=False, **settings))
    strategy = original.ReplaceStrategy(provider, FIND, " the taste of", **settings)
    found = [theirs(provider, strategy, prompt) for prompt in PROMPTS]
    assert found == [out.tokens for out in outs]
    assert sum(bool(out.events) for out in outs) > 10


# -- strategies that bend the row: one uniform number for each position, at temperature 1 ------------------------------


def uniform(prompt, position):
    return random.Random(f"{position} {prompt}").random()


def pick(probs, number):
    """The token in whose share of the mass `number` falls."""
    return int((probs.double().cumsum(0) < number * probs.double().sum()).sum())


def our_draw(probs, key):
    return pick(probs, uniform(key.id, key.position))


@pytest.fixture
def their_draws(provider, monkeypatch):
    """Their text for a prompt under `uniform`: they draw in one place, with torch.multinomial."""

    def write(strategy, prompt):
        start = len(provider.encode(prompt, add_special_tokens=False))

        def draw(probs, num_samples):
            return torch.tensor([[pick(probs[0], uniform(prompt, provider.read - start))]])

        monkeypatch.setattr(torch, "multinomial", draw)
        return theirs(provider, strategy, prompt, top_k=0)

    return write


def test_adaptive_temperature_gives_the_same_texts(ours, their_draws):
    outs = ours(AdaptiveTemperature(), DRAWN, draw=our_draw)
    strategy = original.AdaptiveTemperatureStrategy()
    assert [their_draws(strategy, prompt) for prompt in PROMPTS] == [out.tokens for out in outs]


def test_creative_writing_gives_the_same_texts_while_nothing_is_flat(ours, their_draws, provider):
    outs = ours(CreativeWriting(top_k_threshold_flat=10**6), DRAWN, draw=our_draw)
    strategy = original.CreativeWritingStrategy(provider, top_k_threshold_flat=10**6)
    assert [their_draws(strategy, prompt) for prompt in PROMPTS] == [out.tokens for out in outs]


class TheirCreativeWriting(Watched, original.CreativeWritingStrategy):
    pass


def test_creative_writing_parts_exactly_where_the_first_goes_back(ours, their_draws, provider):
    """We go back to the last detour, as their page says; their code by the token just drawn (docs/STRATEGIES.md)."""
    prompts = PROMPTS[:12]
    for prompt, out in zip(prompts, ours(CreativeWriting(), DRAWN, prompts, draw=our_draw), strict=True):
        strategy = TheirCreativeWriting(provider)
        tokens = their_draws(strategy, prompt)
        ours_first, theirs_first = out.events[0].to, strategy.taken[0][0]
        assert parted_at(tokens, out.tokens) == min(ours_first, theirs_first)
