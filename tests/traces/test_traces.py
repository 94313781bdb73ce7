"""Golden traces: what a strategy does to one text, in a line that a person can write and read.

A file has one field a line:

    why       what goes wrong without it
    strategy  an expression, as in Python
    prompt    tokens in front (optional)
    wants     what the model wants at each position, best first: `the>a` (logits 8 and 6) or `cat=dog`; then the end
    instead   what it wants least, everywhere (optional)
    also      tokens that it never wants, but that can be forced (optional)
    dice      which token each draw takes, 1 the most probable; for a strategy's own choice the option (default: all 1)
    stop      one stop string (optional)
    trace     a b 1↶ c ■

In a trace a token stands for its draw, `+b` was forced, `N↶` keeps N tokens and `N↶(why)` says why, `■` is the end of
text, and a last word in angle brackets is the finish reason where it is not "eos". A `·` is a space.
"""

from __future__ import annotations

from itertools import chain, repeat
from pathlib import Path

import pytest

import strategies
from sampler import Decoding, Rewound
from sampler.backends import ScriptedBackend
from sampler.engine import run
from sampler.events import Drew, Finished
from sampler.row import Request
from sampler.vocab import Prompt

FILES = sorted(Path(__file__).parent.glob("*.txt"))
END = "■"
STRATEGIES = {name: getattr(strategies, name) for name in strategies.__all__}  # each loads where it is asked for


def spaced(text):
    return [word.replace("·", " ") for word in text.split()]


class Story:
    """One file: a model, a strategy, and the dice."""

    def __init__(self, file):
        lines = file.read_text(encoding="utf-8").splitlines()
        self.said = dict(line.split(maxsplit=1) for line in lines)
        self.prompt, instead = spaced(self.said.get("prompt", "")), spaced(self.said.get("instead", ""))
        wants = [[tie.split("=") for tie in want.split(">")] for want in (*spaced(self.said["wants"]), END)]
        self.ranks = [[*ranks, *([word] for word in instead)] for ranks in wants]
        also = spaced(self.said.get("also", ""))
        self.vocab = list(dict.fromkeys([*self.prompt, *chain(*chain(*self.ranks)), *also]))
        self.dice = chain(map(int, self.said.get("dice", "").split()), repeat(1))

    def logits(self, prefix):
        ranks = self.ranks[min(len(prefix) - len(self.prompt), len(self.ranks) - 1)]
        nats = {piece: 8.0 - 2.0 * rank for rank in reversed(range(len(ranks))) for piece in ranks[rank]}
        return [nats.get(piece, float("-inf")) for piece in self.vocab]

    def draw(self, probs, key):
        rank = next(self.dice) - 1
        return rank if key.nth else int(probs.sort(descending=True, stable=True).indices[rank])

    def events(self):
        backend = ScriptedBackend(self.vocab, self.logits, {self.vocab.index(END)})
        strategy = eval(self.said["strategy"], STRATEGIES).bind(backend.vocab)
        prompt = Prompt(tuple(map(self.vocab.index, self.prompt)), "".join(self.prompt))
        request = Request("0", prompt, strategy, Decoding(), 30, 99, tuple(spaced(self.said.get("stop", ""))))
        steps = run(backend, [request], self.draw, 1)
        return [event for step in steps for event in step.events]

    def trace(self):
        for event in self.events():
            match event:
                case Drew(token=token, forced=forced):
                    yield ("+" if forced else "") + self.vocab[token].replace(" ", "·")
                case Rewound(to=to, why=why):
                    yield f"{to}↶({why})".replace(" ", "·")
                case Finished(reason=reason) if reason != "eos":
                    yield f"<{reason}>"


def explained(want, got):
    """Both lines, and a mark under the first word that differs."""
    at = next(
        (i for i, pair in enumerate(zip(want, got, strict=False)) if pair[0] != pair[1]), min(len(want), len(got))
    )
    mark = " " * len(" ".join([*got[:at], ""])) + "^"
    return f"\nwritten  {' '.join(want)}\ndrawn    {' '.join(got)}\n         {mark}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_trace(file):
    story = Story(file)
    want = story.said["trace"].split()
    explains = chain(("(" in word for word in want), repeat(True))  # a reason that is not written is not compared
    got = [word if full else word.partition("(")[0] for word, full in zip(story.trace(), explains, strict=False)]
    assert got == want, f"{story.said['why']}{explained(want, got)}"


def test_every_strategy_has_a_trace():
    """Adaptive temperature never changes what is most probable, and so no trace; its law is shown by enumeration."""
    told = " ".join(Story(file).said["strategy"] for file in FILES)
    classes = {cls.__name__ for name, cls in strategies.REGISTRY.items() if name != "adaptive_temperature"}
    assert not {name for name in classes if f"{name}(" not in told}
