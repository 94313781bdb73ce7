"""From measurements to statements: intervals, paired differences, corrected p-values. The unit is the prompt."""

from harness.statistics.comparison import Comparison, compare
from harness.statistics.equivalence import Equivalence
from harness.statistics.estimate import Estimate, estimate
from harness.statistics.interval import Interval
from harness.statistics.multiplicity import adjusted
from harness.statistics.relative import RelativeChange

__all__ = [
    "Comparison",
    "Equivalence",
    "Estimate",
    "Interval",
    "RelativeChange",
    "adjusted",
    "compare",
    "estimate",
]
