"""How rows end on real models when nothing else ends them: logits that are no distribution, and no end in sight."""

from __future__ import annotations

import pytest
import torch

from sampler import Accept, BacktrackSampler, Rewind, Strategy
from sampler.backends import TransformersBackend
from strategies import AntiSlop, Plain
from tests.sampler.families import byte_level_tokenizer, llama
from tests.sampler.steering import drawing, steered
from tests.writing import counted

SPOILT = 100  # a token whose embedding is NaN
PROMPTS = {"spoilt": "a cat", "long": "the end of time, the end of the test", "after": "a", "more": "the"}


@pytest.fixture(scope="module", params=["hf", "gguf f32", "gguf f16"])
def spoilt(request, tmp_path_factory):
    """The same model in both libraries: whoever feeds `SPOILT` gets NaN from there on."""
    tokenizer = byte_level_tokenizer()
    model = llama(tokenizer, torch.float32, tie_word_embeddings=False)
    with torch.no_grad():
        model.model.embed_tokens.weight[SPOILT] = torch.nan
    if request.param == "hf":
        return TransformersBackend(model.double(), tokenizer)
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llamacpp]'")
    from sampler.backends.llamacpp import LlamaCppBackend
    from tests.sampler.gguf_files import llama_file

    file = llama_file(tmp_path_factory.mktemp("gguf") / "spoilt.gguf", tokenizer, model=model)
    return LlamaCppBackend.from_file(file, n_ctx=128, n_threads=1, kv_type=request.param.split()[1])


def texts(backend, names, batch_size):
    """One row draws the spoilt token at position 3; no draw depends on a number."""

    def draw(probs, key):
        return SPOILT if key.id == "spoilt" and key.position == 3 else 50 + (key.position + len(key.id)) % 20

    sampler = BacktrackSampler(backend, Plain(), max_new_tokens=20, batch_size=batch_size, draw=draw)
    return {g.id: g for g in sampler.generate([PROMPTS[name] for name in names], names)}


def test_nan_ends_its_row_alone_and_says_where(spoilt):
    """Guards: NaN that stays behind in a slot. llama.cpp's f32 cache spoils the next row just as ours does."""
    done = texts(spoilt, [*PROMPTS], 2)
    failed = done.pop("spoilt")
    assert (failed.finish_reason, len(failed.tokens), failed.tokens[-1]) == ("error", 4, SPOILT)
    assert failed.error.startswith("position 4: the logits' normaliser is nan")
    for name, g in done.items():
        alone = texts(spoilt, [name], 1)[name]
        assert (g.finish_reason, g.tokens, counted(g)[0]) == ("length", alone.tokens, counted(alone)[0])
        assert g.logprobs == pytest.approx(alone.logprobs, abs=1e-4)


def test_a_watcher_that_leaves_at_the_error_leaves_no_nan(spoilt):
    """Guards: a slot given back in a hurry, with what the failed row wrote."""
    sampler = BacktrackSampler(spoilt, Plain(), max_new_tokens=9, draw=lambda probs, key: SPOILT)
    events = sampler.trace(PROMPTS["long"])
    reasons = (event.reason for event in events if type(event).__name__ == "Finished")
    assert next(reasons) == "error"
    events.close()
    assert texts(spoilt, ["more"], 1)["more"].finish_reason == "length"


def test_a_score_that_is_nan_leaves_none_behind(spoilt):
    assert spoilt.score((5, SPOILT), tuple(range(10, 50))).isnan().all()
    assert texts(spoilt, ["more"], 1)["more"].finish_reason == "length"


class Restless(Strategy[None]):
    """Takes back whatever was drawn."""

    def init(self, prompt):
        return None

    def step(self, state, view):
        return None, Rewind(len(view.tokens) - 1, "again")


class Patient(Strategy[None]):
    """Keeps everything and settles nothing."""

    def init(self, prompt):
        return None

    def step(self, state, view):
        return None, Accept(settled=False)


CAT = AntiSlop(["cat"], whole_words=False, ban="none")


@pytest.mark.parametrize(
    ("strategy", "options", "reason", "kept", "drawn"),
    [
        (Plain(), {"max_new_tokens": 80}, "length", 80, 80),
        (Patient(), {"max_new_tokens": 80}, "length", 80, 80),
        (Patient(), {"max_new_tokens": 80, "max_draws": 70}, "budget", 70, 70),
        (CAT, {"max_new_tokens": 4}, "budget", 0, 80),  # 20 draws a token, unless told otherwise
        (CAT, {"max_new_tokens": 4, "max_draws": 7}, "budget", 0, 7),
        (Restless(), {"max_new_tokens": 4, "max_draws": 9}, "budget", 0, 9),
    ],
)
def test_a_model_that_never_stops_ends_at_its_budgets(kind, strategy, options, reason, kept, drawn):
    """Guards: a sweep that hangs on one text."""
    g = steered(kind, strategy, "a", [" cat"], **options)
    assert (g.finish_reason, g.cost.kept, g.cost.drawn) == (reason, kept, drawn)


def test_one_endless_row_holds_up_no_other(kind):
    draw = drawing(kind, {"endless": [" cat"], "calm": [" dog", " sat", "."]})
    sampler = BacktrackSampler(kind.backend, CAT, max_new_tokens=3, max_draws=50, draw=draw)
    endless, calm = sampler.generate(["a", "a"], ["endless", "calm"])
    assert (endless.finish_reason, endless.cost.drawn, endless.text) == ("budget", 50, "")
    assert (calm.finish_reason, calm.cost.drawn, calm.text) == ("length", 3, " dog sat.")
