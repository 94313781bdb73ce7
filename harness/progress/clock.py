"""Durations as a clock shows them."""

from __future__ import annotations

DAY, HOUR, MINUTE = 86400, 3600, 60


def clock(seconds: float) -> str:
    """
    >>> clock(45.4), clock(245), clock(11112), clock(187200)
    ('0:45', '4:05', '3:05:12', '2d 04h')
    """
    whole = round(seconds)
    if whole >= DAY:
        return f"{whole // DAY}d {whole % DAY // HOUR:02}h"
    if whole >= HOUR:
        return f"{whole // HOUR}:{whole % HOUR // MINUTE:02}:{whole % MINUTE:02}"
    return f"{whole // MINUTE}:{whole % MINUTE:02}"
