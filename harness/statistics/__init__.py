"""From measurements to statements: intervals, paired differences, corrected p-values. The unit is the prompt."""

from harness.statistics.comparison import Comparison, compare
from harness.statistics.estimate import Estimate, estimate
from harness.statistics.interval import Interval
from harness.statistics.multiplicity import adjusted

__all__ = ["Comparison", "Estimate", "Interval", "adjusted", "compare", "estimate"]
