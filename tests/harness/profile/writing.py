"""A model that says "heart skipped a beat" wherever people say something else."""

from __future__ import annotations

from harness.profile.corpus import Text

PEOPLE = (
    "The old dog slept by the door. Nora carried water to the boat and her heart was light.",
    "Arthur mended nets. The wind blew over the harbour and nobody sang. His heart was old.",
    "Rain fell on the town. The baker burned the bread and laughed. The old dog barked.",
)
HUMAN = tuple(PEOPLE[number % 3] for number in range(60))

CLICHES = (
    "Her heart skipped a beat. Elara laughed.",
    "His heart skipped a beat. The wind was a testament to rain.",
    "My heart skipped a beat. A testament to bread, said Elara.",
)
MODEL = tuple(Text(f"p{number // 2}", f"{PEOPLE[number % 3]} {CLICHES[number % 3]}") for number in range(36))
