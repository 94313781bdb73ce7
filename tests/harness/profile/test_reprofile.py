"""Guards: chance taken for new slop, and new slop that is not seen because another cliché went."""

from __future__ import annotations

from harness.profile.baseline import count_baseline
from harness.profile.corpus import Corpus, Text
from harness.profile.overuse import Rules
from harness.profile.profile import Profile, make_profile
from harness.profile.reprofile import as_csv, as_markdown, reprofile
from tests.harness.profile.writing import HUMAN, MODEL

RULES = Rules()
BASELINE = count_baseline("people", HUMAN)


def profile(old: str, new: str) -> Profile:
    texts = tuple(Text(item.prompt_id, item.text.replace(old, new)) for item in MODEL)
    return make_profile(Corpus("model", texts), BASELINE, RULES)


BEFORE, AFTER = profile("", ""), profile("heart skipped a beat", "pulse fluttered wildly")


def test_a_sibling_cliche_is_named_and_sure() -> None:
    moved = reprofile("ban", BEFORE, AFTER)
    assert {"pulse", "fluttered", "pulse fluttered", "pulse fluttered wildly"} <= {new.ngram for new in moved.risen}
    assert all(new.z > 2 and new.before == 0 < new.after for new in moved.risen if "fluttered" in new.ngram)
    assert moved.sure(RULES) == len(moved.risen)
    assert moved.gone > 0


def test_the_same_texts_have_moved_nowhere() -> None:
    still = reprofile("nothing", BEFORE, BEFORE)
    assert (still.gone, still.risen, still.before_rate) == (0, (), still.after_rate)


def test_only_what_was_not_overused_before_is_new() -> None:
    assert "elara" not in {new.ngram for new in reprofile("ban", BEFORE, AFTER).risen}


def test_a_label_cannot_break_the_tables() -> None:
    rows = [reprofile("antislop|<b>, x", BEFORE, AFTER)]
    table = as_markdown("a|b", rows, RULES)
    assert r"antislop\|\<b\>, x" in table
    assert as_csv(rows).splitlines()[1].startswith('"antislop|<b>, x",')
