"""How many places were gone back to, and how often the same one."""

from collections.abc import Sequence

from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, RatioMeasurement, SetMeasurement
from harness.scoring.per_prompt import finished, summed
from harness.scoring.registry import scorer
from harness.scoring.rewind_sites import NO_REWIND, rewind_sites
from harness.store.records import Sample


@scorer("sites", optional=True)
def sites(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Sites per 1,000 kept tokens, and rewinds per site: mean and most."""
    texts = finished(samples)
    found = [rewind_sites(sample.events) for sample in texts]
    number = summed(texts, map(len, found))
    kept = summed(texts, [sample.cost["kept"] for sample in texts])
    rewinds = summed(texts, [sum(site.rewinds for site in of_text) for of_text in found])
    most = max((site.rewinds for of_text in found for site in of_text), default=None)
    total = sum(map(len, found))
    return [
        RatioMeasurement(
            "per_1k_kept", "sites/1k tokens", "lower", number, kept, scale=1000.0, reason="no token was kept"
        ),
        RatioMeasurement("rewinds_per_site", "rewinds/site", "lower", rewinds, number, reason=NO_REWIND),
        SetMeasurement("rewinds_per_site_max", "rewinds", "lower", most, total, None if total else NO_REWIND),
    ]
