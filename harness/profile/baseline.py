"""How often people say what: n-gram counts of human texts, as a JSON file that anybody can build and read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.config.shipped import DATA
from harness.errors import InputError
from harness.parsing import parse_json
from harness.paths import is_file, user_path
from harness.profile.content import ORDERS, STOP_WORDS, ngrams
from harness.profile.corpus import Corpus, Text, read_corpus
from harness.scoring.words import words
from harness.store.digests import digest_text
from harness.store.identity import canonical
from harness.store.records import SCHEMA, write_atomic
from harness.store.schema import check_version

KIND = "ngram_profile"
EMBEDDED = DATA / "human"


@dataclass(frozen=True)
class Baseline:
    """Counts of human texts. `counts`: order → n-gram → occurrences, for n-grams seen `min_count` times or more;
    `totals`: order → occurrences of all n-grams, the rarer ones included.
    """

    name: str
    texts: int
    words: int
    min_count: int
    totals: Mapping[int, int]
    counts: Mapping[int, Mapping[str, int]]

    @property
    def unseen(self) -> float:
        """What an n-gram that is not listed counts as: half an occurrence below the rarest that could be.

        It was seen fewer than `min_count` times. So no ratio is infinite, and none grows because the file is short.
        """
        return self.min_count - 0.5

    def count(self, order: int, ngram: str) -> float:
        return self.counts[order].get(ngram, self.unseen)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all numbers; the name is not part of what the counts are."""
        return digest_text(canonical({key: value for key, value in self.as_record().items() if key != "source"}))

    def as_record(self) -> dict[str, Any]:
        orders = {str(order): {"total": self.totals[order], "counts": dict(self.counts[order])} for order in ORDERS}
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "source": self.name,
            "texts": self.texts,
            "words": self.words,
            "min_count": self.min_count,
            "stop_words": STOP_WORDS,
            "ngrams": orders,
        }


def count_baseline(name: str, texts: Iterable[str], min_count: int = 1) -> Baseline:
    """Count texts; n-grams seen fewer than `min_count` times are left out of `counts`."""
    texts = list(texts)
    counts = {order: Counter(gram.content for text in texts for gram in ngrams(text, order)) for order in ORDERS}
    return Baseline(
        name=name,
        texts=len(texts),
        words=sum(len(words(text)) for text in texts),
        min_count=min_count,
        totals={order: found.total() for order, found in counts.items()},
        counts={order: _frequent(found, min_count) for order, found in counts.items()},
    )


def save_baseline(baseline: Baseline, path: Path) -> None:
    """JSON with its own digest, one n-gram a line, in one step."""
    record = {**baseline.as_record(), "digest": baseline.digest}
    write_atomic(path, json.dumps(record, ensure_ascii=True, allow_nan=False, indent=0) + "\n")


def load_baseline(source: str) -> Baseline:
    """An embedded name, a profile saved earlier, or human texts to be counted now. Raise InputError."""
    embedded = EMBEDDED / f"{source}.json"
    path = embedded if embedded.parent == EMBEDDED and is_file(embedded) else user_path(source)
    record = _record(path)
    if record is not None:
        return _read(record, str(path))
    corpus = read_corpus(path, "baseline")
    return count_corpus(corpus)


def count_corpus(corpus: Corpus, min_count: int = 1) -> Baseline:
    return count_baseline(corpus.name, map(_text, corpus.texts), min_count)


def _text(item: Text) -> str:
    return item.text


def _frequent(counts: Counter[str], min_count: int) -> dict[str, int]:
    """The most frequent first, equally frequent ones in alphabetical order."""
    kept = [(ngram, count) for ngram, count in counts.items() if count >= min_count]
    return dict(sorted(kept, key=lambda pair: (-pair[1], pair[0])))


def _record(path: Path) -> dict[str, Any] | None:
    """The file's object if it is a profile; None for texts, which are read elsewhere."""
    if path.suffix != ".json" or not is_file(path):
        return None
    try:
        record = parse_json(path.read_bytes())
    except ValueError as error:
        raise InputError("baseline", str(path), f"is no JSON ({error}); build it again with save=") from None
    return record if isinstance(record, dict) else None


def _read(record: Mapping[str, Any], source: str) -> Baseline:
    """Raise InputError for another kind, version or list of stop words, missing fields, or numbers changed by hand."""
    if record.get("kind") == KIND:
        check_version(record, Path(source), "build it again with save=")
    for field, ours in {"kind": KIND, "stop_words": STOP_WORDS}.items():
        if record.get(field) != ours:
            raise InputError(
                "baseline",
                source,
                f"{field} {record.get(field)!r} is not this version's {ours!r}; build it again with save=",
            )
    try:
        orders = {order: record["ngrams"][str(order)] for order in ORDERS}
        baseline = Baseline(
            name=str(record["source"]),
            texts=record["texts"],
            words=record["words"],
            min_count=record["min_count"],
            totals={order: entry["total"] for order, entry in orders.items()},
            counts={order: entry["counts"] for order, entry in orders.items()},
        )
        changed = baseline.digest != record.get("digest")
    except KeyError as missing:
        raise InputError("baseline", source, f"lacks {missing}; build it again with save=") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError("baseline", source, f"holds no counts ({error}); build it again with save=") from None
    if changed:
        raise InputError("baseline", source, "its numbers are not those of its digest; build it again with save=")
    return baseline
