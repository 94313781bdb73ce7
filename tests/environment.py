"""What a child of a test inherits."""

from __future__ import annotations

import os


def without(*names: str) -> dict[str, str]:
    """This process's environment less these.

    COLUMNS is in it though nobody has set it: readline, which pytest loads, says 80 to children, and they to theirs.
    """
    return {name: value for name, value in os.environ.items() if name not in names}
