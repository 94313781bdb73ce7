"""The measurements as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from experiments.bench.scale.cases import GENERATION, Measured


def page(sweeps: Mapping[str, Measured], scored: Mapping[str, Measured], generated: Mapping[str, Measured]) -> str:
    """All tables, each by the names that its mapping gives its columns. "wall (cpu)" in seconds."""
    parts = [
        "# The harness at scale",
        "Seconds of wall time, with processor seconds in brackets. A phase is less what other phases within it took.",
        "## Tiny jobs: two prompts, eight tokens",
        _per_job(sweeps),
        _phases(sweeps),
        "## Texts of 300 words, scored",
        _phases(scored),
        "## Generation: where the time goes",
        _shares(generated),
    ]
    return "\n\n".join(parts) + "\n"


def _per_job(sweeps: Mapping[str, Measured]) -> str:
    heads = ("sweep", "overhead per job", "report", "peak MiB")
    return table(
        heads,
        (
            (name, _both(one, one.overhead, one.size), _both(one, one.report), f"{one.peak_mib:,.0f}")
            for name, one in sweeps.items()
        ),
    )


def _phases(columns: Mapping[str, Measured]) -> str:
    names = dict.fromkeys(name for one in columns.values() for name in one.phases)
    rows = [(name, *(_both(one, [name]) for one in columns.values())) for name in names]
    total = ("total", *(_both(one, one.phases) for one in columns.values()))
    peak = ("peak MiB", *(f"{one.peak_mib:,.0f}" for one in columns.values()))
    return table(("phase", *columns), [*rows, total, peak])


def _shares(generated: Mapping[str, Measured]) -> str:
    heads = ("model", "in extend", "outside extend", "share in extend")
    return table(
        heads,
        (
            (
                name,
                *(_both(one, [phase]) for phase in GENERATION),
                f"{one.wall(GENERATION[:1]) / one.wall(GENERATION):.0%}",
            )
            for name, one in generated.items()
        ),
    )


def _both(one: Measured, phases: Iterable[str], units: int = 1) -> str:
    names = list(phases)
    decimals = 3 if units > 1 else 2
    return f"{one.wall(names) / units:.{decimals}f} ({one.cpu(names) / units:.{decimals}f})"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A pipe table; all columns but the first are numbers."""
    rule = ("---", *["---:"] * (len(heads) - 1))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))
