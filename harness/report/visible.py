"""Characters that act instead of being seen (terminal escapes, reordering marks), made visible."""

from __future__ import annotations

import re

# C0 and C1 controls but newline and tab, invisible and reordering format characters, halves of surrogate pairs.
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_PICTURES = 0x2400  # U+2400 SYMBOL FOR NULL and its followers, one for each C0 control


def visible(text: str) -> str:
    """The text with a picture (␛) or a code point (⟨U+202E⟩) for each character that acts. Always valid UTF-8."""
    return _ACTING.sub(_show, text)


def _show(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(_PICTURES + code) if code < 0x20 else f"⟨U+{code:04X}⟩"
