"""What a profile leaves in its folder: lists to ban, tables, a figure, and all of it as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.parsing import read_json
from harness.profile.figure import draw_bars
from harness.profile.halves import half_of
from harness.profile.profile import Profile
from harness.profile.table import NGramTable, comma_separated, latex, markdown
from harness.store.records import remove_leftovers, write_files, write_json
from harness.visible import visible

SHOWN = 20  # rows of each order in the tables that people read; table.csv has all


def write_profile(profile: Profile, folder: Path) -> None:
    """Write all files, profile.json last. Done again for the same texts, baseline and rules, every byte is the same."""
    made = {**profile.origin, "id": profile.id, "date": _date(profile, folder)}
    lists = {"ban_list": tuple(sorted(profile.entries)), "banned": profile.banned, "heldout": profile.heldout}
    write_files(folder, {f"{name}.txt": _list(name, entries, made) for name, entries in lists.items()})
    remove_leftovers(folder / f"{name}.json" for name in ("ban_list", "profile"))
    write_json(folder / "ban_list.json", {"made": made, **_entries(profile)})
    write_tables(as_table(profile), folder, "table")
    write_files(folder, {f"overuse.{suffix}": content for suffix, content in draw_bars(profile.found).items()})
    found = {str(order): [asdict(use) for use in uses] for order, uses in profile.found.items()}
    write_json(folder / "profile.json", {"made": made, "ngrams": found, **_entries(profile)})


def write_tables(table: NGramTable, folder: Path, name: str) -> None:
    """`name`.md and .tex with the first rows of each order, .csv with all."""
    short = NGramTable(table.title, table.caption, {order: uses[:SHOWN] for order, uses in table.parts.items()})
    contents = {"md": markdown(short), "tex": latex(short), "csv": comma_separated(table)}
    write_files(folder, {f"{name}.{suffix}": content for suffix, content in contents.items()})


def as_table(profile: Profile) -> NGramTable:
    rules, baseline = profile.rules, profile.baseline
    pool = f"Pooled: {profile.corpus.pooled}. " if profile.corpus.pooled else ""
    caption = (
        f"{pool}{len(profile.corpus.texts):,} texts, {profile.prompts} prompts, {profile.word_count:,} words, against "
        f"{baseline.name} ({baseline.words:,} words). Content words within a sentence, stop words left out. In "
        f"{rules.min_prompts} prompts or more, ratio at least {rules.min_ratio:g}, z of log-odds at least "
        f"{rules.min_z:g}; the first {SHOWN} of each order by z. With < and >: seen fewer than {baseline.min_count} "
        f"times in the baseline, and taken as seen {baseline.unseen:g} times."
    )
    return NGramTable(f"What {profile.corpus.name} over-uses", caption, profile.found)


def _entries(profile: Profile) -> dict[str, Any]:
    halves = {entry: half_of(entry) for entry in profile.entries}
    return {"phrases": list(profile.phrases), "words": list(profile.words), "halves": halves}


def _date(profile: Profile, folder: Path) -> str:
    """When this profile was first made here, so that making it again changes nothing."""
    path = folder / "profile.json"
    made = read_json(path)["made"] if path.exists() else {}
    return str(made["date"]) if made.get("id") == profile.id else datetime.now(UTC).strftime("%Y-%m-%d")


def _list(name: str, entries: tuple[str, ...], made: dict[str, Any]) -> str:
    """One entry a line, under comments that every list reader skips."""
    says = {
        "ban_list": "What the model over-uses: both halves together.",
        "banned": "What the model over-uses: the half to ban.",
        "heldout": "What the model over-uses: the half that only judges.",
    }
    texts, baseline = made["texts"], made["baseline"]
    facts = [
        f"{says[name]} Made by python -m harness.profile on {made['date']}, profile {made['id']}.",
        f"model: {made['model']}",
        *([f"pooled: {made['pooled']}"] if "pooled" in made else []),
        f"texts: {texts['number']} of {texts['prompts']} prompts, {texts['words']} words, SHA-256 {texts['digest']}",
        f"baseline: {baseline['name']}, {baseline['words']} words, SHA-256 {baseline['digest']}",
        "rules: " + ", ".join(f"{key}={value:g}" for key, value in made["rules"].items()),
    ]
    return "".join(f"# {visible(' '.join(fact.split()))}\n" for fact in facts) + "".join(
        f"{entry}\n" for entry in entries
    )
