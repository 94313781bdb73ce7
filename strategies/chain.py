"""Several strategies on one text: any of them may take it back, and all of them must agree to let it go."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import Any, Self

from sampler import Accept, Decision, Decoding, Prompt, Rewind, Shape, Stop, Strategy, View, Vocab, adopted

States = tuple[Any, ...]  # one state a part
Answer = tuple[Any, Decision]


class Chain(Strategy[States]):
    """Every part sees every token and, in `shape`, the same tempered row.

    The rewind that goes furthest back wins, among equals the one that bans furthest back, then the first part's; the
    others find again whatever is left
    of what they had found, so nothing is penalised twice. Text settles when it is settled for all. Scales multiply,
    biases add behind the scale, and only one part may give a row outright.

    Law: none known in general. Two hard bans with rewind_to="phrase" draw exactly what one ban of both lists draws.
    """

    def __init__(self, *strategies: Strategy[Any]) -> None:
        if not strategies:
            raise ValueError("strategies: there are none; give at least one, or use Plain()")
        self.parts = tuple(map(adopted, strategies))
        self._shaping = [i for i, part in enumerate(self.parts) if type(part).shape is not Strategy.shape]

    def check(self, decoding: Decoding) -> None:
        for part in self.parts:
            part.check(decoding)

    def bind(self, vocab: Vocab) -> Self:
        return type(self)(*(part.bind(vocab) for part in self.parts))

    def init(self, prompt: Prompt) -> States:
        return tuple(part.init(prompt) for part in self.parts)

    def shape(self, state: States, view: View) -> Shape:
        return merged([self.parts[i].shape(state[i], view.of(itemgetter(i))) for i in self._shaping])

    def step(self, state: States, view: View) -> tuple[States, Decision]:
        answers = self._asked(state, view)
        rewound = _furthest_back(answers, view)
        if rewound is not None:
            return rewound
        states = tuple(own for own, _ in answers)
        stop = next((decision for _, decision in answers if isinstance(decision, Stop)), None)
        if stop is not None:
            # The text would end here: the others decide now what waits for its right boundary.
            ended = None if view.final else _furthest_back(self._asked(state, replace(view, final="length")), view)
            return ended or (states, stop)
        accepts = [decision for _, decision in answers if isinstance(decision, Accept)]
        notes = "; ".join(accept.note for accept in accepts if accept.note)
        return states, Accept(all(accept.settled for accept in accepts), notes)

    def exhausted(self, state: States, view: View) -> tuple[States, Decision]:
        """The first part that knows a way out decides, those first that bend rows: one may have emptied it on purpose.

        The row ends when no part knows one.
        """
        others = [i for i in range(len(self.parts)) if i not in self._shaping]
        for i in (*self._shaping, *others):
            answer = self.parts[i].exhausted(state[i], view.of(itemgetter(i)))
            match answer[1]:
                case Rewind(to=to):
                    return _replaced(view.states[to], i, answer)
                case Accept():
                    return _replaced(state, i, answer)
        return state, Stop("exhausted")

    def _asked(self, state: States, view: View) -> list[Answer]:
        return [part.step(state[i], view.of(itemgetter(i))) for i, part in enumerate(self.parts)]


def _furthest_back(answers: list[Answer], view: View) -> tuple[States, Decision] | None:
    """The rewind that wins, if any part wants one."""
    rewinds = [
        (decision.to, max(decision.at, decision.to), i)
        for i, (_, decision) in enumerate(answers)
        if isinstance(decision, Rewind)
    ]
    if not rewinds:
        return None
    to, _, winner = min(rewinds)
    return _replaced(view.states[to], winner, answers[winner])


def _replaced(states: States, i: int, answer: Answer) -> tuple[States, Decision]:
    """The decision of part `i`, with its state among those of the others."""
    own, decision = answer
    return (*states[:i], own, *states[i + 1 :]), decision


def merged(shapes: list[Shape]) -> Shape:
    """One shape that bends a row as all of them do. Raises ValueError when two give a row."""
    rows = [shape.row for shape in shapes if shape.row is not None]
    if len(rows) > 1:
        raise ValueError("strategies: two parts of a chain give a row outright; let one of them bend it by a bias")
    scale, bias = 1.0, dict[int, float]()
    for shape in shapes:
        scale *= shape.scale
        for token, nats in shape.bias.items():
            bias[token] = bias.get(token, 0.0) + nats
    return Shape(scale, bias, rows[0] if rows else None)
