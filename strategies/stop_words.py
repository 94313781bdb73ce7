"""English function words, which say little by themselves: what an n-gram of content words leaves out.

Written for this project. Short on purpose: modal verbs ("could", "would", "might", "must") and prepositions that colour
a phrase ("across", "upon", "without") count as content, as they do in the published lists of n-grams. Words are split
at apostrophes, so the halves of contractions are here as well.
"""

from __future__ import annotations

from types import MappingProxyType

_WORDS = """
a an the this that these those each every any all both either neither such same other own
some few more most many much no not nor only very too so just than then once
i me my mine myself we us our ours ourselves you your yours yourself yourselves
he him his himself she her hers herself it its itself they them their theirs themselves
who whom whose which what when where why how there here
am is are was were be been being have has had having do does did doing done can will shall should
and or but if because as while until although though since unless whether
of in on at to from by for with about against between into through during before after
above below over under up down out off again further
s t d m ll re ve o
don doesn didn isn aren wasn weren haven hasn hadn ain shan shouldn
"""
ENGLISH = frozenset(_WORDS.split())

# What is left of "couldn't" before the apostrophe, and the word that it stands for.
NEGATED = MappingProxyType(
    {"couldn": "could", "wouldn": "would", "mightn": "might", "mustn": "must", "needn": "need", "daren": "dare"}
)
