"""Guards: entries that change sides when a list grows, and halves that are no halves."""

from __future__ import annotations

from harness.profile.halves import half_of, split

ENTRIES = [f"cliché number {number}" for number in range(400)]


def test_additions_move_nothing() -> None:
    some, all_of_them = split(ENTRIES[:50]), split(reversed(ENTRIES))
    assert set(some.banned) <= set(all_of_them.banned)
    assert set(some.heldout) <= set(all_of_them.heldout)


def test_the_halves_are_disjoint_complete_and_about_equal() -> None:
    banned, heldout = split(ENTRIES)
    assert sorted([*banned, *heldout]) == sorted(ENTRIES)
    assert 160 <= len(banned) <= 240


def test_case_and_apostrophes_do_not_matter_and_the_key_is_fixed() -> None:
    assert half_of("Couldn’t help") == half_of("couldn't HELP")
    assert [half_of(entry) for entry in ("a", "b", "c", "d", "e", "f")] == [half_of(e) for e in "ABCDEF"]
