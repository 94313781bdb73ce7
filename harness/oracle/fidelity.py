"""How far a law Q is from the exact conditional P*, and what it costs. No sampling: sums over all texts.

Identities, for p the model and Z = p(clean): TV(P*, p) = 1 - Z; KL(P*‖p) = -log Z; and for a Q without phrases
KL(Q‖p) = -log Z + KL(Q‖P*): -log Z is the unavoidable price of the ban, KL(Q‖P*) the sampler's own bias.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from harness.oracle.conditional import Conditional
from sampler.law import Law
from sampler.vocab import Tokens

Distribution = Mapping[Tokens, float]

FOLLOWED = 1e-6  # with a larger residual, a text that was not reached may still be written


@dataclass(frozen=True)
class Fidelity:
    """The columns of the table; nats are natural. Every number is within the residual of what docs/METRICS.md says."""

    tv: float
    kl_from_exact: float  # KL(Q‖P*), inf where Q writes what P* cannot
    kl_to_exact: float | None  # KL(P*‖Q), inf where Q never writes what P* can; None where Q was not followed
    lost: float | None  # P* of the texts that Q never writes; None where Q was not followed
    violation: float  # Q of the texts that hold a phrase
    outside: float  # Q of the texts that the model cannot write whole: ended for want of tokens, or forced
    minus_log_z: float
    excess: float | None  # KL(Q given clean‖P*) per kept token of such texts; None where Q writes no clean text
    draws_per_kept: float | None  # None where nothing is ever kept
    forwards_per_kept: float | None
    residual: float
    places: int


def fidelity(law: Law, conditional: Conditional) -> Fidelity:
    """Compare; what was not followed to its end (`law.residual`) is left out of Q, which is not normalised for TV."""
    exact, mass = conditional.law, law.mass()
    q = {tokens: p / mass for tokens, p in law.probability.items() if p > 0}
    clean = {tokens: p for tokens, p in q.items() if tokens in exact}
    return Fidelity(
        tv=total_variation(law.probability, exact),
        kl_from_exact=kl(q, exact),
        kl_to_exact=kl(exact, q) if law.residual <= FOLLOWED else None,
        lost=sum(p for x, p in exact.items() if x not in q) if law.residual <= FOLLOWED else None,
        violation=sum(p for x, p in q.items() if x in conditional.model_law and x not in exact),
        outside=sum(p for x, p in q.items() if x not in conditional.model_law),
        minus_log_z=-math.log(conditional.z),
        excess=_excess(clean, exact),
        draws_per_kept=law.draws / law.kept if law.kept else None,
        forwards_per_kept=law.forwards / law.kept if law.kept else None,
        residual=law.residual,
        places=law.places,
    )


def _excess(clean: Distribution, exact: Distribution) -> float | None:
    mass = sum(clean.values())
    if mass == 0:
        return None
    given_clean = {tokens: p / mass for tokens, p in clean.items()}
    return kl(given_clean, exact) / sum(p * len(tokens) for tokens, p in given_clean.items())


def total_variation(p: Distribution, q: Distribution) -> float:
    """½ Σ |p - q|. If mass r is missing from one of them, the value is within r/2 of that of any completion."""
    return sum(abs(p.get(tokens, 0.0) - q.get(tokens, 0.0)) for tokens in _support(p, q)) / 2


def kl(p: Distribution, q: Distribution) -> float:
    """KL(p‖q) in nats; inf where p has mass that q has not. Rounding may not make it negative."""
    if any(mass > 0 and q.get(tokens, 0.0) == 0 for tokens, mass in p.items()):
        return math.inf
    return max(math.fsum(mass * math.log(mass / q[tokens]) for tokens, mass in p.items() if mass > 0), 0.0)


def _support(p: Distribution, q: Distribution) -> Collection[Tokens]:
    return p.keys() | q.keys()
