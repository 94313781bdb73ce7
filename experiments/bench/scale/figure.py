"""Seconds against the number of jobs, beside what a cost in proportion to it would be."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.bench.scale.cases import Measured
from harness.report.style import RC, new_figure, png


def growth(sweeps: Sequence[Measured]) -> bytes:
    """A PNG with logarithmic axes; the dashed lines start at the first sweep and have slope 1."""
    import matplotlib

    with matplotlib.rc_context(RC):
        figure = new_figure(2.6)
        axes = figure.subplots()
        jobs = [sweep.size for sweep in sweeps]
        curves = {
            "all but generation": [sweep.cpu(sweep.overhead) for sweep in sweeps],
            "report": [sweep.cpu(sweep.report) for sweep in sweeps],
        }
        for (name, seconds), colour in zip(curves.items(), ("#0072B2", "#E69F00"), strict=True):
            axes.plot(jobs, seconds, color=colour, marker="o", label=name)
            law = [seconds[0] * size / jobs[0] for size in jobs]
            axes.plot(jobs, law, color=colour, linestyle="--", linewidth=0.8, label=f"{name}, in proportion")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("jobs of a sweep")
        axes.set_ylabel("processor seconds")
        axes.legend()
        return png(figure)
