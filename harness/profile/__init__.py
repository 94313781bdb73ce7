"""What a model says more often than people do, and a list to ban it with. Needs no model, only texts."""

from harness.profile.baseline import Baseline, load_baseline
from harness.profile.corpus import Corpus, read_corpus
from harness.profile.overuse import Overuse, Rules
from harness.profile.profile import Profile, make_profile

__all__ = ["Baseline", "Corpus", "Overuse", "Profile", "Rules", "load_baseline", "make_profile", "read_corpus"]
