"""The tutorial, block by block, in the order that it tells them, in the empty folder that it asks for."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.packaging.conftest import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs/tutorial/your-own-strategy.md"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', flags=re.MULTILINE | re.DOTALL)


def executed(folder, language, code):
    """What a block prints; `python` on its command lines is this interpreter."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    command = [sys.executable, "-c", code] if language == "python" else ["bash", "-euc", code]
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, code + done.stdout + done.stderr
    return done.stdout


def chapters(page):
    """(language, title, code); untitled Python that follows upon Python goes on in the same names."""
    together = []
    for language, title, code in BLOCK.findall(page.read_text()):
        if together and language == "python" and (together[-1][0], title, together[-1][1]) == ("python", "", ""):
            code = together.pop()[2] + code
        together.append((language, title, code))
    return together


def test_every_block_runs_and_ends_in_a_table(tmp_path):
    """Guards: a page that was true once. The law is checked by the page itself, the sweep and the table here."""
    printed = []
    for language, title, code in chapters(PAGE):
        if title:
            (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / title).write_text(code)
        else:
            printed.append(executed(tmp_path, language, code))
    assert "27 texts" in printed[0]
    assert "{'long sentence':" in printed[0]
    lines = printed[-1].splitlines()
    assert sum("short_sentences longest=6" in line for line in lines) == 2
    assert len(list(tmp_path.glob("runs/sentences/*/samples.jsonl"))) == 2
    assert len(list(tmp_path.glob("runs/short_sentences/*/samples.jsonl"))) == 6
    assert not (tmp_path / "mlflow.db").exists()


def test_the_check_of_the_law_fails_for_the_mistake_that_the_page_names(tmp_path):
    """Guards: a check that any strategy would pass."""
    file, *rest = chapters(PAGE)
    wrong = file[2].replace("if words > self.longest", "if words >= self.longest")
    assert wrong != file[2]
    (tmp_path / file[1]).write_text(wrong)
    imports = "from short_sentences import ShortSentences\n"
    law = imports + rest[0][2].partition("from math import log")[1] + rest[0][2].partition("from math import log")[2]
    with pytest.raises(AssertionError, match="distance < 1e-12"):
        executed(tmp_path, "python", law)
