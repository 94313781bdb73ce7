"""Addresses that may hold a secret: files and messages show them without it."""

from __future__ import annotations

import re

HIDDEN = "***"
# user:PASSWORD@host, and ?password=PASSWORD as drivers of databases take it. A password's own "/" is written as %2F.
_PASSWORD = re.compile(r"(?<=://)([^\s/:@]*):[^\s/]*(?=@)")
_OPTION = re.compile(r"(?i)([?&](?:password|passwd|pwd|token)=)[^\s&]+")


def without_password(text: str) -> str:
    """The text, an address or one that quotes some, with *** for every password in an address."""
    return _OPTION.sub(rf"\g<1>{HIDDEN}", _PASSWORD.sub(rf"\g<1>:{HIDDEN}", text))
