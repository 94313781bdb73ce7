"""What a second language model, the reference, thinks of the texts; its readings are on disk, no model is needed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, RatioMeasurement
from harness.scoring.per_prompt import finished, mean_of_defined, summed
from harness.scoring.readings import Reading, Reference
from harness.scoring.registry import scorer
from harness.scoring.summary import Scores
from harness.store.digests import digest_text
from harness.store.records import SCHEMA, Sample, write_json
from harness.store.schema import read_record
from harness.typed import build, convert

FILE = "reference.json"
UNREAD = Reading(None, 0, "the reference has not read it; give --reference again")


@scorer("reference", optional=True)
def reference(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Bits per byte of the texts that the reference could read, and the share of those that it could not.

    Nothing where no reference was asked. Lower is not better: what is likely is dull as often as it is fluent.
    """
    if context.reference is None:
        return []
    texts = finished(samples)
    known = [context.reference.readings.get(reading_key(text.prompt, text.text), UNREAD) for text in texts]
    bits, length = mean_of_defined(texts, [reading.bits for reading in known])[0], [reading.scored for reading in known]
    return [
        RatioMeasurement(
            name="bits_per_byte",
            unit="bits/byte",
            better="neutral",
            numerator=bits,
            denominator=summed(texts, length),
            reason=_why_none(known),
            counts=False,
        ),
        RatioMeasurement(
            name="left_out_share",
            unit="share of texts",
            better="lower",
            numerator=summed(texts, [reading.bits is None for reading in known]),
            denominator=summed(texts, [1] * len(texts)),
            reason="there are no texts",
        ),
    ]


def reading_key(prompt: str, text: str) -> str:
    """What a reading belongs to: whoever wrote the same text after the same prompt, it has the same bits."""
    return digest_text(json.dumps([prompt, text]))


def write_reference(job_folder: Path, found: Reference) -> None:
    """Write `reference.json` in one step: {"schema", "model", "readings": {key: {"bits", "bytes", "reason"}}}."""
    write_json(job_folder / FILE, {"schema": SCHEMA, **asdict(found)})


def read_reference(job_folder: Path) -> Reference | None:
    """What the folder's reference said; None where none was asked. Raise InputError for a file of another version."""
    path = job_folder / FILE
    if not path.is_file():
        return None
    record = read_record(path, "delete it and give --reference again")
    model = convert(Mapping[str, Any], record.get("model"), f"{FILE}.model")
    readings = convert(Mapping[str, Any], record.get("readings"), f"{FILE}.readings")
    return Reference(model, {key: build(Reading, reading, f"{FILE}.{key}") for key, reading in readings.items()})


def one_judge(job_folders: Iterable[Path]) -> None:
    """Raise InputError where two folders were read by different references: their numbers do not compare."""
    found = {folder: judged.model for folder in job_folders if (judged := read_reference(folder)) is not None}
    first = next(iter(found.items()), None)
    other = next((folder for folder, model in found.items() if first is not None and model != first[1]), None)
    if first is not None and other is not None:
        problem = f"was made by another model than that of {first[0].name}; give all arms the same --reference"
        raise InputError(FILE, str(other / FILE), f"{problem}, or delete the file")


def with_judge(scores: Scores, found: Reference | None) -> Scores:
    """The same scores; every number of the reference's says whose it is, under "model"."""
    if found is None:
        return scores
    judged = {metric: {**entry, "model": found.model} for metric, entry in scores["reference"].items()}
    return {**scores, "reference": judged}


def judge_line(model: Mapping[str, Any]) -> str:
    """Who judged, for people."""
    return f"{'reference.model':<40} {model['label']}  (weights {str(model['weights'])[:12]})"


def _why_none(known: Sequence[Reading]) -> str:
    reasons = sorted({reading.reason for reading in known if reading.reason is not None})
    return "; ".join(reasons) or "there are no texts"
