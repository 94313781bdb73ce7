"""A sampler that can take back what it has drawn, and says which law it draws from."""

from sampler.backtrack import BacktrackSampler
from sampler.cost import Cost
from sampler.decision import Accept, Decision, Rewind, Shape, Stop
from sampler.decoding import Decoding
from sampler.errors import BadLogitsError, CacheError, ContractError, ExhaustedError, SamplerError
from sampler.events import Noted, Rewound
from sampler.generation import Generation
from sampler.strategy import Strategy, adopted
from sampler.view import View
from sampler.vocab import Prompt, Vocab

__all__ = [
    "Accept",
    "BacktrackSampler",
    "BadLogitsError",
    "CacheError",
    "ContractError",
    "Cost",
    "Decision",
    "Decoding",
    "ExhaustedError",
    "Generation",
    "Noted",
    "Prompt",
    "Rewind",
    "Rewound",
    "SamplerError",
    "Shape",
    "Stop",
    "Strategy",
    "View",
    "Vocab",
    "adopted",
]
