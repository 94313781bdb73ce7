"""The sampler as a model of lm-evaluation-harness: what is left of a model's capability under a strategy?

Importing this registers the model "backtrack"; `python -m harness.lm_eval …` is lm_eval's own command line with it.
"""

from __future__ import annotations

from harness.lm_eval.model import BacktrackLM

__all__ = ["BacktrackLM"]
