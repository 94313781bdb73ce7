"""How the server listens, and what it takes on."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from harness.errors import InputError


@dataclass(frozen=True)
class ServeSettings:
    """Raise InputError for what no server could run with."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0: any that is free
    api_key: str | None = None
    batch_size: int = 16  # texts written at once
    max_texts: int = 256  # written or waiting
    max_body: int = 1 << 20  # bytes of a request

    def __post_init__(self) -> None:
        if not 0 <= self.port < 1 << 16:
            raise InputError("--port", self.port, "must be from 0 to 65535; 0 takes any that is free")
        for name in ("max_texts", "max_body"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name.replace('_', '-')}", getattr(self, name), "must be 1 or above")
        if self.api_key == "":
            raise InputError("BACKTRACK_API_KEY", "", "is empty; set a key, or unset it to let everybody in")

    @property
    def is_local(self) -> bool:
        """Only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
