"""The identities that tie the columns together, and the closed forms of one site, on laws of the real engine."""

from __future__ import annotations

import math

import pytest

from harness.oracle.conditional import Conditional
from harness.oracle.fidelity import Fidelity, fidelity, kl, total_variation
from harness.oracle.record import as_record, from_record
from harness.oracle.tiny import FOLDER, load
from sampler import Strategy
from sampler.law import Law, exact_law
from strategies import AntiSlop, BadWords, Plain, Rejection, TokenBan

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
ENGINE_MODELS = ["single_site", "dominant_name", "one_token", "cliches"]


def law_of(conditional: Conditional, strategy: Strategy, **options: object) -> Law:
    model = conditional.model
    return exact_law(model.backend(), strategy, max_new_tokens=model.horizon, tolerance=1e-12, **options)


def of(name: str, make: type, **options: object) -> tuple[Conditional, Law, Fidelity]:
    conditional = Conditional(load(name))
    model = conditional.model
    words = {"whole_words": model.whole_words} if issubclass(make, AntiSlop) else {}
    law = law_of(conditional, make(model.banned, **words, **options))
    return conditional, law, fidelity(law, conditional)


@pytest.mark.parametrize("name", NAMES)
def test_the_model_is_one_minus_z_away(name: str) -> None:
    conditional = Conditional(load(name))
    found = fidelity(law_of(conditional, Plain()), conditional)
    assert found.tv == pytest.approx(1 - conditional.z, abs=1e-12)
    assert found.violation == pytest.approx(1 - conditional.z, abs=1e-12)
    assert found.kl_to_exact == pytest.approx(-math.log(conditional.z), abs=1e-12)
    assert found.kl_from_exact == math.inf
    assert found.excess == pytest.approx(0, abs=1e-12)  # its clean texts are exact
    assert found.draws_per_kept == pytest.approx(1, abs=1e-12)
    assert found.forwards_per_kept == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", ENGINE_MODELS)
@pytest.mark.parametrize("rewind_to", ["token", "phrase"])
def test_the_price_of_a_ban_is_log_z_and_the_samplers_own(name: str, rewind_to: str) -> None:
    """KL(Q‖p) = -log Z + KL(Q‖P*) for a Q that writes clean texts only."""
    conditional, law, found = of(name, AntiSlop, rewind_to=rewind_to)
    assert found.violation == 0
    assert kl(law.probability, conditional.model_law) == pytest.approx(
        found.minus_log_z + found.kl_from_exact, abs=1e-10
    )
    assert found.excess == pytest.approx(found.kl_from_exact / law.kept, abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_rejection_is_exact_within_its_residual(name: str) -> None:
    _, law, found = of(name, Rejection)
    assert found.tv <= law.residual + 1e-12  # rounding: a law that was solved for leaves no residual
    assert found.draws_per_kept > found.forwards_per_kept > 1


@pytest.mark.parametrize(("name", "q", "c"), [("single_site", 0.3, 0.5), ("dominant_name", 0.9, 0.5)])
def test_one_site_closed_forms(name: str, q: float, c: float) -> None:
    """Antislop q²c(1-c)/(1-qc), mask qc(1-q)/(1-qc), first-token ban q(1-c)/(1-qc); no ban, redrawn: exact."""
    scale = 1 - q * c
    assert of(name, AntiSlop)[2].tv == pytest.approx(q * q * c * (1 - c) / scale, abs=1e-10)
    assert of(name, BadWords)[2].tv == pytest.approx(q * c * (1 - q) / scale, abs=1e-10)
    assert of(name, TokenBan)[2].tv == pytest.approx(q * (1 - c) / scale, abs=1e-10)
    assert of(name, AntiSlop, ban="none")[2].tv == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("name", ["single_site", "dominant_name", "one_token", "four_letters"])
def test_masks_estimate_z_without_bias(name: str) -> None:
    """E_M[Π m] = Z, m the mass that the mask leaves at each step: recomputed from the texts, p(x) / Q(x) = Π m."""
    conditional, law, found = of(name, BadWords)
    products = {x: conditional.model_law[x] / q for x, q in law.probability.items()}
    assert sum(q * products[x] for x, q in law.probability.items()) == pytest.approx(conditional.z, abs=1e-12)
    assert all(0 < m <= 1 + 1e-12 for m in products.values())
    log_m = sum(conditional.law[x] * math.log(m) for x, m in products.items())
    assert found.kl_to_exact == pytest.approx(log_m - math.log(conditional.z), abs=1e-10)


def test_a_mask_and_a_rewind_to_the_token_are_one_law() -> None:
    """Where phrases are spelled in one way, and a right boundary never waits."""
    _, mask, _ = of("four_letters", BadWords)
    _, rewound, _ = of("four_letters", AntiSlop, rewind_to="token")
    assert total_variation(mask.probability, rewound.probability) < 1e-10


def test_a_lost_support_is_infinitely_far() -> None:
    _, _, found = of("single_site", TokenBan)
    assert found.kl_to_exact == math.inf
    assert found.lost == pytest.approx(0.15 / 0.85)  # "ac", given that "ab" is not written
    assert found.kl_from_exact == pytest.approx(math.log(0.85 / 0.7))


def test_an_unfinished_law_does_not_say_what_is_lost() -> None:
    conditional = Conditional(load("four_letters"))
    law = law_of(conditional, Plain(), max_places=300)
    found = fidelity(law, conditional)
    assert 0 < law.residual < 1
    assert law.places == 300
    assert found.kl_to_exact is None
    assert found.lost is None
    assert abs(found.tv - (1 - conditional.z)) <= law.residual / 2


def test_mass_that_goes_round_for_ever_is_residual() -> None:
    """inkling: "a sense" is always followed by "of"; taken back to that token without a ban, it comes again."""
    _, law, _ = of("inkling", AntiSlop, ban="none", rewind_to="token")
    assert law.mass() + law.residual == pytest.approx(1, abs=1e-9)
    assert law.residual > 0.05


def test_numbers_survive_the_file() -> None:
    _, _, found = of("single_site", TokenBan)
    assert from_record(as_record(found)) == found
