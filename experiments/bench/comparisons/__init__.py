"""One file, one comparison: what is A, what is B, and the line to reach."""

from collections.abc import Callable, Mapping

from experiments.bench.comparisons import (
    against_generate,
    against_peer,
    continuous,
    forwards,
    growth,
    llamacpp,
    memory,
    phrases,
    plain_overhead,
)
from experiments.bench.result import Result
from experiments.bench.settings import Settings

COMPARISONS: Mapping[str, Callable[[Settings], Result]] = {
    "plain_overhead": plain_overhead.run,
    "against_peer": against_peer.run,
    "against_generate": against_generate.run,
    "continuous": continuous.run,
    "phrases": phrases.run,
    "llamacpp": llamacpp.run,
    "forwards": forwards.run,
    "memory": memory.run,
    "growth": growth.run,
}
