"""python -m harness.watch, as a person sees it: the real command in a pseudo-terminal, read by a terminal emulator."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from rich.console import Console

from harness.inputs.phrases import load_phrases
from harness.watch.__main__ import main
from harness.watch.lines import Lines
from harness.watch.scene import Scene
from harness.watch.screen import Screen, story
from harness.watch.session import Show, play
from harness.watch.words import ending
from sampler import BacktrackSampler, Decoding, Generation
from sampler.backends import ScriptedBackend, TransformersBackend
from strategies import AntiSlop
from strategies.antislop import RewindTo
from tests.harness.terminal import ROOT, Session, Terminal, flat
from tests.models import random_bigram

INKLING = ROOT / "harness" / "data" / "inkling_2m"
PROMPT = "The ferry was late again."
HOSTILE = ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\u202e", "\r", "a", " b\n", "\b\b", "\t", "\x00"]


@pytest.fixture(scope="module")
def written() -> Generation:
    """What the default command writes for PROMPT."""
    backend = TransformersBackend.from_pretrained(str(INKLING), dtype="float64")
    strategy = AntiSlop(load_phrases("inkling_banned").as_argument())
    return BacktrackSampler(backend, strategy, max_new_tokens=60).generate([PROMPT])[0]


def test_a_person_sees_text_struck_through_and_then_the_final_text(tmp_path: Path, written: Generation) -> None:
    session = Session(tmp_path, "harness.watch", PROMPT, "decoding.max_new_tokens=60", "--delay", "0", "--hold", "0.05")
    assert session.finish() == 0
    taken_back = {event.text for event in written.events}
    assert taken_back
    assert {flat(run) for run in session.screen.struck} >= {flat(text) for text in taken_back}
    shown = session.screen.text
    assert flat(shown).startswith(flat(PROMPT + written.text))
    assert f"{written.finish_reason} · {written.cost.kept} kept + {written.cost.discarded} discarded" in shown
    assert all(f"{why} ×{count}" in shown for why, count in written.cost.rewinds.items())
    assert not any(cell.strikethrough for row in session.screen.buffer.values() for cell in row.values())
    assert list(tmp_path.iterdir()) == []  # no runs, no database


def test_a_pipe_gets_one_line_an_event_and_the_text(tmp_path: Path, written: Generation) -> None:
    command = [sys.executable, "-m", "harness.watch", PROMPT, "decoding.max_new_tokens=60"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    trace, text = said.split("\n\n", 1)
    assert text == f"{written.text}\n"
    assert "\x1b" not in said
    lines = [line.split(maxsplit=1)[1] for line in trace.splitlines() if re.match(r" *\d+\.\d\d ", line)]
    assert sum(line.startswith("draw ") for line in lines) == written.cost.drawn
    for event in written.events:
        assert f'rewind {event.at}→{event.to} "{event.text}" {event.why}' in lines
    assert lines[-1] == f"end {written.finish_reason}"
    assert list(tmp_path.iterdir()) == []


def test_a_person_chooses_and_goes_back(tmp_path: Path) -> None:
    arguments = ["strategy=human_guidance", "strategy.top_k=4", "decoding.max_new_tokens=3"]
    session = Session(tmp_path, "harness.watch", "The ferry was late", *arguments)
    chosen = []
    for number, keys in [(1, "\x1b[B\r"), (2, "3\r")]:
        session.wait_for(lambda shown, n=number: "stop here" in shown and shown.count(" draw ") == n - 1)
        chosen.append(_option(session.screen.text, number + 1))
        session.press(keys)
    session.wait_for(lambda shown: shown.count(" draw ") == 2 and "stop here" in shown)
    assert f"The ferry was late{''.join(chosen)}" in session.screen.text
    session.press("b\r")
    session.wait_for(lambda shown: f"late{chosen[0]}\n" in f"{shown}\n" and "stop here" in shown)
    session.press("s\r")
    assert session.finish() == 0
    shown = session.screen.text
    assert f'rewind 2→1 "{chosen[1]}" go back' in shown
    assert "eos · 2 kept + 1 discarded = 3 drawn" in shown
    assert shown.endswith(f"\n{chosen[0]}")
    assert "stop here" not in shown


def _option(shown: str, number: int) -> str:
    """The text of an option of the menu."""
    found = re.search(rf"{number}\) +[\d.]+%  '(.*)'", shown)
    assert found is not None, shown
    return found.group(1)


def test_ctrl_c_leaves_what_stands_and_a_cursor(tmp_path: Path) -> None:
    session = Session(tmp_path, "harness.watch", PROMPT, "--delay", "0.02")
    session.wait_for(lambda shown: re.search(r"\b[3-9] kept", shown) is not None)
    session.interrupt()
    assert session.finish() == 130
    assert PROMPT in session.screen.text
    assert "interrupted" in session.screen.text
    assert "Traceback" not in session.screen.text
    assert not session.screen.cursor.hidden


@pytest.mark.parametrize("seed", range(12))
def test_the_last_scene_is_the_generation_and_settled_text_only_grows(seed: int) -> None:
    """Stop strings cut, characters over several tokens, an incomplete one at the end: as `generate` has it."""
    vocab = ["a", " b", b"\xe2\x80", b"\x94", "s", "<eos>"]
    strategy = AntiSlop(["as", "b s"], whole_words=False)
    sampler = BacktrackSampler(random_bigram(vocab, seed, {5}), strategy, stop=("sa", "s b"), seed=seed)
    out = sampler.generate(["a"])[0]
    scene, settled = Scene.of(sampler.backend.vocab, sampler.backend.vocab.prompt("a"), sampler.stop), ""
    for event in sampler.trace("a"):
        scene = scene.after(event)
        assert scene.settled.startswith(settled)
        assert scene.settled + scene.open == scene.text
        settled = scene.settled
    assert scene.text == scene.settled == out.text
    assert scene.cost.as_record() == out.cost.as_record()
    assert ending(scene) == out.finish_reason
    assert scene.recent == out.events[-len(scene.recent) :]


@pytest.mark.parametrize(("rewind_to", "styles"), [("phrase", ["dim", ""]), ("start", ["dim", "cyan"])])
def test_text_that_may_be_taken_back_looks_different(rewind_to: RewindTo, styles: list[str]) -> None:
    backend = ScriptedBackend(["a", " b"], lambda prefix: [0.0, 1.0])
    sampler = BacktrackSampler(backend, AntiSlop(["never"], rewind_to=rewind_to), max_new_tokens=9)
    scene = Scene.of(backend.vocab, backend.vocab.prompt("a"))
    for event in islice(sampler.trace("a"), 12):
        scene = scene.after(event)
    spans = [span for span in story(scene).spans if span.end > span.start]
    assert [(span.end, span.style) for span in spans if span.style] == [
        (end, style) for end, style in zip((1, 1 + len(scene.text)), styles, strict=True) if style
    ]


# -- texts that are hostile, long or wide, on the scripted backend ----------------------------------------------------


def shown_on(terminal: Terminal, sampler: BacktrackSampler, prompt: str) -> str:
    """Watch on an emulated terminal; returns all that was sent to it."""
    said = io.StringIO()
    console = Console(file=said, force_terminal=True, width=terminal.columns, height=terminal.lines, color_system="256")
    play(sampler, prompt, Screen(console, "scripted", delay=0, hold=0))
    terminal.read(said.getvalue().replace("\n", "\r\n"))  # as a terminal's driver does
    return said.getvalue()


def hostile() -> BacktrackSampler:
    strategy = AntiSlop(["a\x1b[2J", "\x9b31m"], whole_words=False)
    return BacktrackSampler(random_bigram(HOSTILE, 6), strategy, max_new_tokens=60)


def test_no_character_of_a_text_or_a_phrase_acts_on_the_terminal() -> None:
    sampler = hostile()
    out = sampler.generate(["a\x1b[2J"])[0]
    assert set(out.cost.rewinds) == {"phrase:a\x1b[2J", "phrase:\x9b31m"}
    terminal = Terminal(rows=60)
    said = shown_on(terminal, sampler, "a\x1b[2J")
    assert not re.search("[\x00\x07\x08\x80-\x9f\u202e]", said)
    assert terminal.titles == []
    # nothing but what rich itself sends: styles, the cursor's moves, lines erased, the cursor hidden and shown
    assert re.sub(r"\x1b\[([\d;]*m|1A|2K|\?25[lh])", "", said).count("\x1b") == 0
    assert "a␛[2J" in terminal.struck
    assert "a␛[2J" in terminal.text
    assert "phrase:a␛[2J ×" in terminal.text


def test_no_character_of_a_text_or_a_phrase_acts_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    sampler = hostile()
    play(sampler, "a\x1b[2J", Lines())
    said = capsys.readouterr().out
    assert not re.search("[\x00-\x08\x0b-\x1f\x80-\x9f\u202e]", said)
    assert said.count("rewind ") == len(sampler.generate(["a\x1b[2J"])[0].events)


class Frames:
    """Looks at every frame of a screen in turn."""

    def __init__(self, terminal: Terminal, screen: Show, said: io.StringIO) -> None:
        self._terminal, self._screen, self._said = terminal, screen, said
        self.texts: list[str] = []

    def show(self, scene: object, event: object) -> None:
        self._screen.show(scene, event)  # type: ignore[arg-type]
        self._look()

    def close(self, scene: object) -> None:
        self._screen.close(scene)  # type: ignore[arg-type]
        self._look()

    def _look(self) -> None:
        self._terminal.read(self._said.getvalue().replace("\n", "\r\n"))
        self._said.seek(0)
        self._said.truncate()
        self.texts.append(self._terminal.text)


@pytest.mark.parametrize(("columns", "rows"), [(40, 14), (80, 24), (23, 12)])
def test_a_long_text_shows_its_end_and_the_state_below_it(columns: int, rows: int) -> None:
    """Guards: a frame taller than the terminal leaves its upper lines behind at every refresh."""
    numbers = [f" n{i}" for i in range(400)]
    backend = ScriptedBackend(["go", *numbers], lambda prefix: [float(i == len(prefix)) for i in range(401)])
    sampler = BacktrackSampler(backend, AntiSlop(["n13 n14"]), Decoding(temperature=0), max_new_tokens=390)
    terminal, said = Terminal(columns, rows), io.StringIO()
    console = Console(file=said, force_terminal=True, width=columns, height=rows)
    frames = Frames(terminal, Screen(console, "numbers", delay=0, hold=0), said)
    scene = play(sampler, "go", frames)
    assert scene.cost.rewinds.total() == 1
    long = [frame for frame in frames.texts[:-2] if frame.startswith("⋮\n")]
    assert len(long) > 300
    for frame in long:
        assert frame.count("numbers ─") == frame.count(" kept ") == frame.count("↶ 16→13") == 1
        shown = frame.partition("numbers")[0].split()[1:]
        assert shown == [f"n{i}" for i in range(int(shown[0][1:]), int(shown[-1][1:]) + 1)]
        assert len(shown) > rows - 12
    assert shown[-1] == "n389"


def test_wide_characters_keep_their_columns() -> None:
    vocab = ["文", "字", "a", "🙂", "禁"]
    sampler = BacktrackSampler(
        random_bigram(vocab, 3), AntiSlop(["禁文", "字🙂"], whole_words=False), max_new_tokens=120
    )
    out = sampler.generate(["文"])[0]
    terminal = Terminal(21, 40)  # odd: a wide character does not fit a line's last column
    shown_on(terminal, sampler, "文")
    assert {"禁文", "字🙂"} <= {event.text for event in out.events} <= terminal.struck
    assert "".join(terminal.text.split("scripted")[0].split()) == "文" + out.text


# -- wrong input -----------------------------------------------------------------------------------------------------

WRONG = {
    "empty prompt": ([" "], "prompt=' ': is empty"),
    "prompt longer than the context": (["the ferry " * 2000], "prompt='the ferry"),
    "half a character": (["caf\udcc3"], "prompt='caf\\udcc3': is no valid text"),
    "a sweep": ([PROMPT, "strategy=plain,antislop"], "names 2 jobs"),
    "an experiment": ([PROMPT, "+experiment=antislop_sweep"], "jobs; watch one"),
    "unknown model": ([PROMPT, "model=gpt9"], "model/gpt9"),
    "unknown option": ([PROMPT, "+strategy.depth=3"], "strategy.depth=3"),
    "refused combination": ([PROMPT, "strategy.ban=none", "decoding.temperature=0"], "temperature 0"),
    "nobody to ask": ([PROMPT, "strategy=human_guidance"], "nobody can answer here"),
    "negative delay": ([PROMPT, "--delay", "-1"], "--delay=-1.0: must be seconds"),
    "endless hold": ([PROMPT, "--hold", "inf"], "--hold=inf: must be seconds"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, says = WRONG[name]
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_model_whose_file_is_torn_is_wrong_input(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tiny_model, tmp_path / "torn")
    weights = tmp_path / "torn" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert main(["the cat", "model=hf", f"model.name={tmp_path / 'torn'}", "strategy=plain"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: model.name=")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_mistyped_strategy_is_answered_without_loading_torch() -> None:
    call = "print(main(['x', 'strategy=undo']), 'torch' in sys.modules)"
    code = f"import sys; from harness.watch.__main__ import main; {call}"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["2", "False"]
    assert "strategy/undo" in said.stderr


def test_settings_may_stand_before_and_behind_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--delay", "0", PROMPT, "strategy=plain", "--hold", "0", "decoding.max_new_tokens=3", "seed=4"]) == 0
    assert "3 kept + 0 discarded = 3 drawn" in capsys.readouterr().out
