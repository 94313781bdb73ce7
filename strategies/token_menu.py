"""A menu of tokens on the terminal. It leaves nothing on the screen once it is answered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from textwrap import wrap

import questionary
from questionary import Style

from strategies.human_guidance import GO_BACK, STOP, Choice, Menu, Option

CONTEXT_LINES = 6  # of the text so far, above the menu
SHORTCUTS = 36  # digits and letters: as many as questionary has
STYLE = Style([("qmark", "fg:ansicyan"), ("question", ""), ("pointer", "fg:ansicyan bold"), ("highlighted", "bold")])


def ask_on_terminal(menu: Menu) -> Choice:
    """Show the text so far and the options; a digit or the arrows move, Enter chooses. Ctrl-C raises."""
    choices = list(_choices(menu))
    text = context(menu, shutil.get_terminal_size().columns)
    question = questionary.select(
        f"\n{text}\n",  # the first line is left free: in a sweep, the progress bar stands there
        choices,
        qmark="",
        pointer="›",
        style=STYLE,
        use_shortcuts=len(choices) <= SHORTCUTS,
        use_jk_keys=False,
        instruction="(a key or the arrows, then Enter)",
        erase_when_done=True,
    )
    answer: Choice = question.unsafe_ask()
    return answer


def _choices(menu: Menu) -> Iterator[questionary.Choice]:
    for index, option in enumerate(menu.options):
        yield questionary.Choice(label(option), index)
    if menu.can_go_back:
        yield questionary.Choice("go back", GO_BACK, shortcut_key="b")
    if menu.can_stop:
        yield questionary.Choice("stop here", STOP, shortcut_key="s")


def label(option: Option) -> str:
    """Probability and text, in quotes that show its spaces."""
    return f"{option.probability:6.1%}  {option.text!r}" + ("  ends the text" if option.ends else "")


def context(menu: Menu, columns: int) -> str:
    """The last lines of the text so far, without characters that would act on the terminal."""
    text = menu.prompt + menu.text
    shown = "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)
    wrapped = [wrap(line, max(columns - 2, 1), drop_whitespace=False) or [""] for line in shown.split("\n")]
    return "\n".join([line for lines in wrapped for line in lines][-CONTEXT_LINES:])
