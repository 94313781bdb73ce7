"""What stands on the page after some events: a pure fold over them, as Cost is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sampler import Cost, Prompt, Rewound, Vocab
from sampler.events import Committed, Drew, Event, Finished
from sampler.release import kept_text
from sampler.text import TextStack

RECENT = 4  # rewinds to remember


@dataclass(frozen=True, eq=False)
class Scene:
    """One text, with what was taken back last."""

    vocab: Vocab
    prompt: Prompt
    stop: tuple[str, ...]
    written: TextStack  # never changed, only replaced
    settled_tokens: int = 0
    struck: str = ""  # what the newest rewind took back, until the next draw
    recent: tuple[Rewound, ...] = ()  # newest last
    cost: Cost = field(default_factory=Cost)
    finished: Finished | None = None

    @classmethod
    def of(cls, vocab: Vocab, prompt: Prompt, stop: tuple[str, ...] = ()) -> Scene:
        """Before the first event."""
        return cls(vocab, prompt, stop, TextStack(prompt.text, prompt.pending))

    def after(self, event: Event) -> Scene:
        """The scene once `event` has happened too."""
        now = replace(self, cost=self.cost + Cost.of([event]))
        match event:
            case Drew(token=token):
                return replace(now, written=self._with(token), struck="")
            case Rewound(to=to, text=text):
                recent = (*self.recent, event)[-RECENT:]
                return replace(now, written=self._cut(to), struck=text, recent=recent)
            case Committed(tokens=tokens):
                return replace(now, settled_tokens=tokens)
            case Finished():
                return replace(now, finished=event)
            case _:
                return now

    @property
    def text(self) -> str:
        """What stands; once the row has finished, its final text."""
        return kept_text(self.written, self.stop, self.finished) if self.finished else str(self.written)

    @property
    def settled(self) -> str:
        """The part of the text that nothing will take back."""
        return self.text if self.finished else self.text[: self.written.start(self.settled_tokens)]

    @property
    def open(self) -> str:
        """The rest of the text."""
        return self.text[len(self.settled) :]

    @property
    def rate(self) -> float:
        """Kept tokens per second inside the model; pauses for people do not count."""
        return self.cost.kept / self.cost.seconds if self.cost.seconds else 0.0

    def _with(self, token: int) -> TextStack:
        grown = self.written.copy()
        is_first = not grown.pieces
        grown.push(self.vocab.first_bytes(token, self.prompt) if is_first else self.vocab.bytes_of(token))
        return grown

    def _cut(self, tokens: int) -> TextStack:
        kept = self.written.copy()
        kept.truncate(tokens)
        return kept
