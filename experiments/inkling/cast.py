"""Who is in a story: names by sex, and the words that must agree with them."""

from __future__ import annotations

from random import Random

# The grammar is written as if the hero were a woman and the friend a man; casting decides otherwise half of the time.
_HERO_WORDS = ("she", "her", "hers", "herself")
_FRIEND_WORDS = ("he", "him", "his", "himself", "man")
_WOMAN = {"subject": "she", "object": "her", "possessive": "her", "reflexive": "herself"}
_MAN = {"subject": "he", "object": "him", "possessive": "his", "reflexive": "himself"}


def cast(random: Random) -> dict[str, str]:
    """Map every agreeing slot to its word, and `hero` and `friend` to the name rule they are drawn from."""
    hero_is_woman, friend_is_woman = random.random() < 0.5, random.random() < 0.5
    hero = tuple((_WOMAN if hero_is_woman else _MAN).values())
    friend = (*(_WOMAN if friend_is_woman else _MAN).values(), "woman" if friend_is_woman else "man")
    return dict(zip(_HERO_WORDS + _FRIEND_WORDS, hero + friend, strict=True)) | {
        "hero": "heroine" if hero_is_woman else "hero_man",
        "friend": "friend_woman" if friend_is_woman else "friend_man",
    }
