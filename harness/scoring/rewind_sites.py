"""Rewinds grouped by the prefix that they went back to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

NO_REWIND = "there was no rewind"


@dataclass(frozen=True)
class Site:
    """A prefix of `to` tokens that rewinds went back to while it stood."""

    to: int
    rewinds: int = 0
    logprob: float | None = None  # nats of the first token taken back there; None where the sample does not say
    stands: bool = True  # the final text begins with this prefix

    def after(self, rewind: Mapping[str, Any]) -> "Site":
        """The site, gone back to once more."""
        first = rewind.get("logprob") if self.logprob is None else self.logprob
        return replace(self, rewinds=self.rewinds + 1, logprob=first)


def rewind_sites(events: Sequence[Mapping[str, Any]]) -> list[Site]:
    """The sites of one text. A rewind to `to` breaks every longer prefix, and the sites that stood on it.

    What was drawn instead is not in the events, so a prefix that was written once more counts as another site.
    """
    standing: dict[int, Site] = {}
    broken: list[Site] = []
    for event in events:
        if event["kind"] == "rewind":
            to = event["to"]
            broken += [replace(site, stands=False) for at, site in standing.items() if at > to]
            standing = {at: site for at, site in standing.items() if at <= to}
            standing[to] = standing.get(to, Site(to)).after(event)
    return broken + list(standing.values())
