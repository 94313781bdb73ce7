"""Scoring: samples → measurements → scores.json. Needs no model: what a reference model said is read from disk."""

# Importing a scorer's module registers it; the order here is the order of metrics everywhere.
from harness.scoring import (  # noqa: F401, I001
    slop,
    slop_score,
    human_words,
    diversity,
    diversity_more,
    within_prompt,
    fluency,
    cost,
    sites,
    throughput,
    guards,
    reference,
)
from harness.scoring.comparable import comparable
from harness.scoring.context import Context
from harness.scoring.job import score_job
from harness.scoring.measurement import Measurement, RatioMeasurement, SetMeasurement
from harness.scoring.registry import SCORERS, measure, scorer, selected
from harness.scoring.summary import Scores, summarise

__all__ = [
    "SCORERS",
    "Context",
    "Measurement",
    "RatioMeasurement",
    "Scores",
    "SetMeasurement",
    "comparable",
    "measure",
    "score_job",
    "scorer",
    "selected",
    "summarise",
]
