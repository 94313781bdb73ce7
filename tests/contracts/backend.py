"""What every backend owes: `extend` is a pure function of what a slot is told to hold, and it says what it did."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from sampler import CacheError
from sampler.backends.base import Backend, Extend, Extended

Tokens = tuple[int, ...]


class Meter(NamedTuple):
    """What a model has really done so far, counted below the backend: passes, and tokens fed in them."""

    forwards: int
    fed: int


def check_backend(
    backend: Backend,
    *,
    tolerance: float = 1e-9,
    meter: Callable[[], Meter] | None = None,
    ids: tuple[int, int] | None = None,
    slots: int = 4,
    steps: int = 30,
    seed: int = 0,
) -> None:
    """Raise AssertionError where `backend` breaks its contract.

    `tolerance`: largest difference of two logits that is rounding. `ids`: first and last id to feed, all by default.
    `meter` counts below the backend; without one, reports are held against what was asked for.
    """
    check = _Checks(backend, tolerance, meter, ids or (0, backend.vocab.size - 1), random.Random(seed))
    check.shapes()
    check.repeats()
    check.reports()
    check.slots_are_clean()
    check.batches()
    check.histories(slots, steps)
    check.keeps()
    check.scores()


class _Checks(NamedTuple):
    backend: Backend
    tolerance: float
    meter: Callable[[], Meter] | None
    ids: tuple[int, int]
    rng: random.Random

    # -- the tools -------------------------------------------------------------------------------------------------

    def text(self, length: int) -> Tokens:
        return tuple(self.rng.randint(*self.ids) for _ in range(length))

    def one(self, slot: int, keep: int, tokens: Tokens) -> Tensor:
        return self.backend.extend([Extend(slot, keep, tokens)]).logits[0]

    def fresh(self, tokens: Tokens) -> Tensor:
        """Logits after `tokens` in a slot that is begun anew."""
        slot = self.backend.slots.acquire()
        try:
            return self.one(slot, 0, tokens).clone()
        finally:
            self.backend.slots.release(slot)

    def same(self, got: Tensor, want: Tensor, fault: str) -> None:
        worst = float((got - want).abs().nan_to_num(nan=0.0).max())  # -inf stays -inf: its difference is no number
        assert worst <= self.tolerance, f"{fault}: logits differ by {worst:.3g} > {self.tolerance:.0e}"
        assert torch.equal(got.isneginf(), want.isneginf()), f"{fault}: other tokens are impossible"

    def taken(self, count: int) -> list[int]:
        """Slots of our own, so that `fresh` takes none of them."""
        return [self.backend.slots.acquire() for _ in range(count)]

    def give_back(self, slots: list[int]) -> None:
        for slot in slots:
            self.backend.slots.release(slot)

    # -- the checks ------------------------------------------------------------------------------------------------

    def shapes(self) -> None:
        (slot,) = self.taken(1)
        extended = self.backend.extend([Extend(slot, 0, self.text(2))])
        shape, want = tuple(extended.logits.shape), (1, self.backend.vocab.size)
        assert shape == want, f"logits have the shape {shape}, not [B, V] = {want}"
        assert extended.logits.dtype in (torch.float32, torch.float64), f"logits are {extended.logits.dtype}"
        before = extended.logits.clone()
        self.one(slot, 0, self.text(3))
        self.same(extended.logits, before, "a later call overwrites the logits of an earlier one")
        self.give_back([slot])

    def repeats(self) -> None:
        (slot,), text = self.taken(1), self.text(5)
        first = self.one(slot, 0, text).clone()
        self.same(self.one(slot, 0, text), first, "the same call made twice gives two answers")
        self.same(self.one(slot, 3, text[3:]), first, "the same call made twice gives two answers, behind a cut")
        self.same(self.one(slot, 3, text[3:]), first, "the same call made twice gives two answers, behind a cut")
        self.give_back([slot])

    def reports(self) -> None:
        (slot,), text = self.taken(1), self.text(6)
        held = 0
        for keep, tokens in ((0, text[:4]), (4, text[4:5]), (2, text[2:6]), (6, text[:1])):
            cut = keep < held and self.backend.caps.rewind == "replay"
            asked = len(tokens) + (keep if cut else 0)
            before = self.meter() if self.meter else Meter(0, 0)
            extended = self.backend.extend([Extend(slot, keep, tokens)])
            after = self.meter() if self.meter else Meter(extended.forwards[0], asked)
            self._reported(extended, Meter(after.forwards - before.forwards, after.fed - before.fed))
            held = keep + len(tokens)
        self.give_back([slot])

    def _reported(self, extended: Extended, real: Meter) -> None:
        said = Meter(sum(extended.forwards), sum(extended.fed))
        assert said.fed == real.fed, f"it reports {said.fed} tokens fed, but {real.fed} were"
        assert said.forwards == real.forwards, f"it reports {said.forwards} forwards, but {real.forwards} were made"
        assert said.forwards >= 1, f"it reports {said.forwards} forwards: no logits come from none"

    def batches(self) -> None:
        """Texts of equal and of different lengths, together and alone."""
        for lengths in ((3, 3, 3), (1, 7, 2, 4)):
            texts, slots = [self.text(length) for length in lengths], self.taken(len(lengths))
            together = self.backend.extend([Extend(s, 0, text) for s, text in zip(slots, texts, strict=True)])
            assert len(together.fed) == len(together.forwards) == len(texts), "it reports other rows than it was given"
            for row, text in zip(together.logits, texts, strict=True):
                self.same(row, self.fresh(text), f"a row of {len(text)} tokens, batched with {lengths}, is not itself")
            self.give_back(slots)

    def slots_are_clean(self) -> None:
        (slot,) = self.taken(1)
        self.one(slot, 0, self.text(8))
        text = self.text(2)
        self.same(self.one(slot, 0, text), self.fresh(text), "a slot that is used again remembers its last text")
        self.give_back([slot])

    def histories(self, count: int, steps: int) -> None:
        """Rewinds, new texts, several tokens at once, any subset of slots in any order."""
        slots, held = self.taken(count), dict[int, Tokens]()
        longest = min(24, self.backend.caps.max_len - 4)
        for _ in range(steps):
            batch = []
            for slot in self.rng.sample(slots, self.rng.randint(1, count)):
                tokens = held.get(slot, ())
                back = self.rng.choice([0, 0, self.rng.randint(0, 9), len(tokens) if len(tokens) > longest else 0])
                keep = max(min(len(tokens), longest) - back, 0)
                batch.append(Extend(slot, keep, self.text(self.rng.randint(1, 3))))
                held[slot] = tokens[:keep] + batch[-1].tokens
            for row, item in zip(self.backend.extend(batch).logits, batch, strict=True):
                fault = f"slot {item.slot} cut to {item.keep} and fed {len(item.tokens)} is not its text: a stale cache"
                self.same(row, self.fresh(held[item.slot]), fault)
        self.give_back(slots)

    def keeps(self) -> None:
        (slot,) = self.taken(1)
        self.one(slot, 0, self.text(2))
        try:
            self.one(slot, 3, self.text(1))
        except CacheError:
            return
        finally:
            self.give_back([slot])
        raise AssertionError("it was asked to keep 3 tokens of 2 and raised no CacheError")

    def scores(self) -> None:
        prompt, tokens = self.text(3), self.text(5)
        fresh = [self.fresh(prompt + tokens[:i]).double().log_softmax(0) for i in range(len(tokens))]
        rows = [row[token] for row, token in zip(fresh, tokens, strict=True)]
        scores = self.backend.score(prompt, tokens)
        assert scores.shape == (5,), f"score gives the shape {tuple(scores.shape)} for 5 tokens"
        self.same(scores.double(), torch.stack(rows), "score is not the log-probs that the draws are made from")
        best = tuple(int(row.argmax()) for row in (fresh[0], self.fresh((*prompt, int(fresh[0].argmax())))))
        worst = int(fresh[0].argmin())
        told = [self.backend.scored(prompt, asked).greedy.tolist() for asked in (best, (worst,))]
        assert told == [[True, True], [False]], f"scored says that the best two tokens and the worst are greedy: {told}"
