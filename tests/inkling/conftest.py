"""Stories and shipped files that several tests look at; each made once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from experiments.inkling import corpus
from experiments.inkling.grammar import Grammar, load_grammar
from experiments.inkling.teller import SLOPPY

DATA = Path(__file__).parents[2] / "harness" / "data"


@pytest.fixture(scope="session")
def grammar() -> Grammar:
    return load_grammar()


@pytest.fixture(scope="session")
def sloppy() -> list[str]:
    return list(corpus.stories("tests", 600, SLOPPY))


@pytest.fixture(scope="session")
def plain() -> list[str]:
    return list(corpus.stories("tests", 600, cliche_rate=0.0))


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(DATA / "inkling_2m" / "tokenizer.json"))


@pytest.fixture(scope="session")
def prompts() -> dict[str, str]:
    lines = (DATA / "prompts" / "inkling_prompts.jsonl").read_text(encoding="utf-8").splitlines()
    return {record["id"]: record["prompt"] for record in map(json.loads, lines)}
