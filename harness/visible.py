"""Characters that act instead of being seen (terminal escapes, reordering marks), made visible."""

from __future__ import annotations

import re

# C0 and C1 controls but newline and tab, invisible and reordering format characters, tags (a hidden ASCII), halves of
# surrogate pairs. Joiners (U+200C, U+200D) are spelling in some scripts and in emoji, and stay.
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_PICTURES = 0x2400  # U+2400 SYMBOL FOR NULL and its followers, one for each C0 control


def visible(text: str) -> str:
    """The text with a picture (␛) or a code point (⟨U+202E⟩) for each character that acts. Always valid UTF-8."""
    return _ACTING.sub(_show, text)


def unbroken(text: str) -> str:
    """The same on one line, with pictures for line breaks and tabs."""
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def _show(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(_PICTURES + code) if code < 0x20 else f"⟨U+{code:04X}⟩"
