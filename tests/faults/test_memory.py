"""A batch that does not fit: a real limit on a real process, and the same texts with fewer rows at once."""

from __future__ import annotations

import errno
import json
import subprocess
import sys

import pytest
import torch

from harness.interruptible import interruptible
from harness.interruption import FAILED
from harness.tracking.base import Untracked
from sampler import BacktrackSampler
from sampler.backends import ScriptedBackend
from sampler.errors import MemoryExhaustedError
from sampler.memory import is_memory
from strategies import AntiSlop

CHILD = """
import json, resource, warnings
from importlib.resources import files
from sampler import BacktrackSampler
from sampler.backends import TransformersBackend
from strategies import AntiSlop

backend = TransformersBackend.from_pretrained(str(files("harness") / "data" / "inkling_2m"), dtype="float64")
prompts = [("Once upon a time there was a girl who had a cat. " * 20)[: 300 + 7 * i] for i in range(48)]

def texts(rows):
    sampler = BacktrackSampler(backend, AntiSlop(["the", "and"]), max_new_tokens=16, batch_size=rows)
    return sampler.generate(prompts)

want = texts(4)
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (16 << 20),) * 2)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    got = texts(48)
print(json.dumps({
    "said": [str(each.message) for each in said],
    "same": [a.text == b.text and a.tokens == b.tokens for a, b in zip(want, got)],
    "identity": all(g.cost.drawn == g.cost.kept + g.cost.discarded for g in got),
}))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set from /proc/self/statm")
def test_a_process_that_may_not_grow_writes_the_same_texts_with_fewer_rows():
    """Guards: a sweep that dies overnight because one batch was too large."""
    child = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=300)
    assert child.returncode == 0, child.stderr[-2000:]
    found = json.loads(child.stdout.splitlines()[-1])
    assert found["said"]
    assert "going on with 24 rows at once" in found["said"][0]
    assert len(found["same"]) == 48
    assert all(found["same"])
    assert found["identity"]


DRAWS = """
import resource
import torch
from sampler import Decoding
from sampler.draw import Key, keyed_draw
from sampler.drawing import Want, _draw_group, draw_all
from sampler.logits import LogitsRow
from sampler.memory import is_memory

row, nucleus = torch.linspace(0, 9, 200_000), Decoding(top_p=0.9)
wants = [Want(LogitsRow(row), nucleus, Key(0, str(i), 0, 0)) for i in range(64)]
want = draw_all(wants, keyed_draw)
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (256 << 20),) * 2)
assert draw_all(wants, keyed_draw) == want
try:
    _draw_group(wants, nucleus, keyed_draw)
except RuntimeError as error:
    print("as feared" if is_memory(error) else error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set from /proc/self/statm")
def test_draws_that_do_not_fit_together_are_made_in_parts():
    """Guards: weights and cumulative sums in float64, several times what the logits take."""
    child = subprocess.run([sys.executable, "-c", DRAWS], capture_output=True, text=True, timeout=120)
    assert (child.returncode, child.stdout) == (0, "as feared\n"), child.stderr[-2000:]


class Narrow(ScriptedBackend):
    """Has room for a few rows at once."""

    room = 3

    def extend(self, batch):
        if len(batch) > self.room:
            raise MemoryExhaustedError(f"{len(batch)} rows at once do not fit into memory")
        return super().extend(batch)


def narrow():
    return Narrow(["a", "b", "c"], lambda prefix: [0.0, 0.5, -0.5 * (len(prefix) % 3)])


def test_rows_that_were_sent_back_keep_their_texts():
    prompts = ["a", "b", "c", "ab"] * 4
    strategy = AntiSlop(["ab", "c"], whole_words=False)
    with pytest.warns(RuntimeWarning, match="going on with 2 rows"):
        few = BacktrackSampler(narrow(), strategy, max_new_tokens=12, batch_size=16).generate(prompts)
    want = BacktrackSampler(narrow(), strategy, max_new_tokens=12, batch_size=2).generate(prompts)
    assert [(g.tokens, g.events) for g in few] == [(g.tokens, g.events) for g in want]


def test_one_row_that_does_not_fit_is_an_error_and_leaves_no_slot_taken():
    backend = narrow()
    backend.room = 0
    with pytest.raises(MemoryExhaustedError, match="1 rows at once"):
        BacktrackSampler(backend, AntiSlop(["c"]), batch_size=1).generate(["a"])
    assert backend.slots.acquire() == 0


class Greedy(AntiSlop):
    """Asks for more than there is, once."""

    def step(self, state, view):
        if len(view.tokens) == 3:
            raise MemoryError("no room for an index")
        return super().step(state, view)


def test_a_text_is_not_blamed_for_memory():
    """Guards: a sweep that keeps a text as failed for good because the machine was short of memory for a moment."""
    backend = narrow()
    sampler = BacktrackSampler(backend, Greedy(["c"]), max_new_tokens=8, batch_size=2, on_error="record")
    with pytest.raises(MemoryError, match="no room"):
        sampler.generate(["a", "b"])
    assert backend.slots.acquire() == 0


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (ImportError("libx.so: failed to map segment from shared object"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate"), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (ValueError("can't allocate memory"), False),
    ],
)
def test_what_counts_as_memory(error, is_one):
    assert is_memory(error) is is_one


@pytest.mark.parametrize("allocate", [lambda: bytearray(1 << 60), lambda: torch.empty(1 << 58)])
def test_a_sweep_whose_end_does_not_fit_says_so_in_a_line(allocate, tmp_path, capsys):
    """Guards: a traceback of the report at the end of a night, from which nobody learns that the texts are there."""
    assert interruptible(Untracked(), dict, tmp_path, allocate) == FAILED
    said = capsys.readouterr().err
    assert said.startswith("error: out of memory (")
    assert said.endswith("; what is written stays: the same command continues\n")
    assert said.count("\n") == 1


def test_another_error_of_a_sweeps_end_is_shown_whole(tmp_path):
    with pytest.raises(ZeroDivisionError):
        interruptible(Untracked(), dict, tmp_path, lambda: 1 // 0)
