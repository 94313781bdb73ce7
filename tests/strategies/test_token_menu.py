"""The menu of tokens, with the keys that people press."""

from __future__ import annotations

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from strategies.human_guidance import GO_BACK, STOP, Menu, Option
from strategies.token_menu import ask_on_terminal, context, label

OPTIONS = (Option(7, " sea", 0.6, False), Option(8, "\x1b[31m", 0.1, False), Option(9, "</s>", 0.05, True))
DOWN, UP, ENTER, CTRL_C = "\x1b[B", "\x1b[A", "\r", "\x03"


def press(keys, menu):
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text(keys)
        return ask_on_terminal(menu)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (ENTER, 0),
        (DOWN + ENTER, 1),
        ("3" + ENTER, 2),
        ("b" + ENTER, GO_BACK),
        ("s" + ENTER, STOP),
        (UP + ENTER, STOP),
        ("b" + UP + ENTER, 2),
        ("x" + ENTER, 0),
    ],
)
def test_keys_choose(keys, answer):
    assert press(keys, Menu("Once", " upon", OPTIONS, True, True)) == answer


def test_what_cannot_be_chosen_has_no_key():
    assert press("b" + "s" + ENTER, Menu("Once", " upon", OPTIONS, False, False)) == 0


def test_ctrl_c_leaves():
    with pytest.raises(KeyboardInterrupt):
        press(CTRL_C, Menu("Once", " upon", OPTIONS, True, True))


def test_a_menu_longer_than_the_alphabet_works_without_shortcuts():
    many = tuple(Option(n, str(n), 0.01, False) for n in range(60))
    assert press(DOWN * 50 + ENTER, Menu("Once", "", many, True, True)) == 50


def test_nothing_in_the_menu_acts_on_the_terminal():
    assert [label(option) for option in OPTIONS] == [
        " 60.0%  ' sea'",
        " 10.0%  '\\x1b[31m'",
        "  5.0%  '</s>'  ends the text",
    ]
    assert context(Menu("a\x1b[2J", "b\nc\u202ed", (), False, False), 80) == "a\\x1b[2Jb\nc\\u202ed"


def test_the_end_of_a_long_text_is_shown():
    words = " ".join(f"word{n}" for n in range(400))
    lines = context(Menu("", words, (), False, False), 40).split("\n")
    assert len(lines) == 6
    assert max(map(len, lines)) <= 38
    assert lines[-1].endswith("word399")
