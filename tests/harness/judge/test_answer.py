import pytest

from harness.judge.answer import Verdict, pair_verdict, rubric_verdict
from harness.judge.endpoint import Reply


def reply(content: str, refused: bool = False) -> Reply:
    return Reply(content, refused, 1, 1)


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ('{"better": "1"}', 1.0),
        ('{"better": 2}', 0.0),
        ('```json\n{"better": " Tie "}\n```', 0.5),
        ('One might say {"better": "1"}, but on reflection: {"better": "2"}', 0.0),
        ('{"better": "2"} {"note": "done"} {broken}', 0.0),
        ('{"better": "3"}', "unparsable"),
        ("Text 1 is better.", "unparsable"),
        ('{"better": ["1"]}', "unparsable"),
        ("", "unparsable"),
        ("I'm sorry, but I cannot judge this.", "refused"),
        ("I can’t help with that.", "refused"),
    ],
)
def test_a_pairs_verdict(content: str, verdict: Verdict) -> None:
    """What is no clear answer is counted, never guessed from the words."""
    assert pair_verdict(reply(content)) == verdict


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ('{"score": 7}', 7.0),
        ('{"score": 6.5}', 6.5),
        ('{"score": 11}', "unparsable"),
        ('{"score": 0}', "unparsable"),
        ('{"score": true}', "unparsable"),
        ('{"score": NaN}', "unparsable"),
        ('{"score": "7"}', "unparsable"),
        ("7/10", "unparsable"),
        ("I cannot grade this.", "refused"),
    ],
)
def test_a_rubrics_verdict(content: str, verdict: Verdict) -> None:
    assert rubric_verdict(reply(content)) == verdict


def test_the_endpoints_own_refusal_counts_as_one() -> None:
    assert pair_verdict(reply("", refused=True)) == "refused"
