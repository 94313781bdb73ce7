"""The page's script: its files one after the other, and the hash by which the page allows it and no other."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FILES = ("tips.js", "tables.js", "samples.js", "browser.js")  # each uses what stands before it


@dataclass(frozen=True)
class Script:
    """`hash` is what a Content-Security-Policy calls it."""

    text: str

    @property
    def hash(self) -> str:
        digest = hashlib.sha256(self.text.encode()).digest()
        return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def read_script() -> Script:
    templates = files("harness.report") / "templates"
    return Script("\n".join((templates / name).read_text(encoding="utf-8") for name in FILES))
