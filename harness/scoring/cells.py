"""Which texts stand for a set where not all can be compared with all."""

from collections.abc import Iterable

from harness.store.digests import digest_text

Key = tuple[str, int]  # (prompt id, repeat)


def first_by_hash(keys: Iterable[Key], limit: int) -> list[Key]:
    """At most `limit` cells, by the SHA-256 of `prompt#repeat`: the same for every strategy, without a generator."""
    return sorted(keys, key=lambda key: digest_text(f"{key[0]}#{key[1]}"))[:limit]
