"""Sweeps on disk, as the runner leaves them, small enough to write for every test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.store.records import Sample, write_json, write_samples

Folder = Callable[..., Path]


def text_sample(prompt_id: str, text: str, events: Iterable[Mapping[str, Any]] = (), **fields: Any) -> Sample:
    """A sample whose tokens are its words."""
    kept = len(text.split())
    discarded = sum(event["at"] - event["to"] for event in events if event["kind"] == "rewind")
    cost = {
        "forwards": kept + 1,
        "fed": kept,
        "kept": kept,
        "drawn": kept + discarded,
        "discarded": discarded,
        "refed": 0,
        "rewinds": {},
    }
    tokens, logprobs = tuple(range(kept)), [-1.0] * kept
    record = {"prompt_id": prompt_id, "repeat": 0, "prompt": "Once", "finish_reason": "eos", "error": None, **fields}
    return Sample(text=text, tokens=tokens, logprobs=logprobs, cost=cost, events=list(events), **record)


def rewind(at: int, to: int, char: int, text: str, why: str = "phrase:a testament to") -> dict[str, Any]:
    return {"kind": "rewind", "at": at, "to": to, "why": why, "char": char, "text": text}


@pytest.fixture
def sweep_folder(tmp_path: Path) -> Folder:
    return sweep_writer(tmp_path)


def sweep_writer(root: Path, sweep_id: str = "s1", job_ids: str = "job") -> Folder:
    """Writes the jobs' folders and sweep.json; returns the sweep's folder."""
    folder = root / "reports/x" / sweep_id

    def job(index: int, strategy: str, samples: list[Sample] | None, fields: Mapping[str, Any]) -> dict[str, Any]:
        path = root / f"runs/x/{job_ids}{index}"
        if samples is not None:
            write_samples(path / "samples.jsonl", samples)
            status = {"state": "done", "error": None, "samples": len(samples), "selected": len(samples)}
            write_json(path / "status.json", status)
            segment = {"seconds": 1.0 + index, "forwards": 9, "kept": 100, "drawn": 105, "samples": len(samples)}
            write_json(path / "timing.json", {"segments": [segment]})
        return {
            "job_id": path.name,
            "folder": os.path.relpath(path, folder),
            "model": "tiny",
            "strategy": strategy,
            "options": {},
            "decoding": {"temperature": 1.0},
            "seed": 0,
            "label": strategy,
            "state": "failed" if samples is None else "done",
            "error": None,
            **fields,
        }

    def write(*arms: tuple[str, list[Sample] | None, Mapping[str, Any]], **fields: Any) -> Path:
        content = {
            "schema": 1,
            "sweep_id": sweep_id,
            "experiment": "x",
            "jobs": [job(index, *arm) for index, arm in enumerate(arms)],
            "phrases": {"name": "mine", "digest": "0", "entries": ["a testament to", "shimmering"]},
            "heldout": {"name": "other", "digest": "1", "entries": ["old dog", "testament"]},
            "command": ["python", "-m", "harness"],
        }
        write_json(folder / "sweep.json", {**content, **fields})
        return folder

    return write


CLAUSES = ("the wind rose over the hill", "an old dog slept by the door", "she counted seven stones", "rain fell")


def stories(slop: int, rewinds: int = 0) -> list[Sample]:
    """Ten prompts' texts of 60 words or more, `slop` banned phrases in the first of them, one less in every other."""
    return [_story(f"p{index}", max(slop - index % 2, 0), rewinds) for index in range(10)]


def _story(prompt_id: str, slop: int, rewinds: int) -> Sample:
    clauses = [CLAUSES[(int(prompt_id[1:]) + index) % len(CLAUSES)] for index in range(16)]
    clauses[:0] = ["it was a testament to rain"] * slop
    taken = "it was a testament to"
    events = [rewind(5 + extra, 0, 0, taken + " x" * extra) for extra in range(rewinds)]
    return text_sample(prompt_id, ", ".join(clauses), events)
