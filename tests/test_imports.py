"""The arrows of docs/ARCHITECTURE.md, read from the code: each room knows only its neighbours."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("sampler", "strategies", "harness", "experiments", "tests", "conf", "reports")
MAY_IMPORT = {
    "sampler": {"sampler"},
    "strategies": {"strategies", "sampler"},
    "harness": {"harness", "strategies", "sampler"},
    "experiments": {"experiments", "harness", "strategies", "sampler"},
}
# Rooms of harness/: each knows those above it, and those of one line know each other.
HARNESS = (
    {"store"},
    {"plugins"},
    {"config"},
    {"inputs"},
    {"scoring", "statistics"},
    {"planning"},
    {"progress"},
    {"running"},
    {"launch", "reference"},
    {"report", "oracle", "tracking"},
    {"profile"},
    {"judge"},
    {"lm_eval"},
    {"serve"},
    {"watch"},
)
# A strategy sees the sampler's public value types, never the engine or a model.
STRATEGIES_SEE = {"sampler"}
# Imported where used, so that --help and --cfg answer at once.
HEAVY = {"torch", "transformers", "mlflow", "datasets", "matplotlib", "llama_cpp", "pandas", "scipy"}


def imports(file, top_level_only=False):
    """Modules that a file imports; with `top_level_only` those that importing it imports."""
    tree = ast.parse(file.read_text())
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: relative import"
            yield node.module


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_each_room_imports_only_what_the_map_allows(room):
    for file in sorted((ROOT / room).rglob("*.py")):
        for module in imports(file):
            top = module.split(".")[0]
            assert top not in ROOMS or top in MAY_IMPORT[room], f"{file.relative_to(ROOT)} imports {module}"


def test_each_room_of_the_harness_knows_only_those_above_it():
    rooms = {path.parent.name for path in (ROOT / "harness").glob("*/__init__.py")}
    assert rooms == set().union(*HARNESS)
    above: set[str] = set()
    for line in HARNESS:
        above |= line
        for file in (file for room in sorted(line) for file in (ROOT / "harness" / room).rglob("*.py")):
            known = {module.split(".")[1] for module in imports(file) if module.startswith("harness.")} & rooms
            assert known <= above, f"{file.relative_to(ROOT)} imports {sorted(known - above)}"


def test_strategies_import_the_samplers_public_names_only():
    for file in sorted((ROOT / "strategies").rglob("*.py")):
        for module in imports(file):
            if module.split(".")[0] == "sampler":
                assert module in STRATEGIES_SEE, f"{file.relative_to(ROOT)} imports {module}"
            assert module.split(".")[0] != "torch", f"{file.relative_to(ROOT)} imports torch"


def test_the_command_line_starts_without_heavy_libraries():
    folders = ("", "config/", "inputs/", "launch/", "planning/", "plugins/", "progress/", "running/", "store/")
    for file in sorted(file for folder in folders for file in (ROOT / "harness").glob(f"{folder}*.py")):
        heavy = {module.split(".")[0] for module in imports(file, top_level_only=True)} & HEAVY
        assert not heavy, f"{file.relative_to(ROOT)} imports {heavy} at the top"


def test_nothing_imports_a_backends_library_outside_its_backend():
    for file in sorted((ROOT / "sampler").rglob("*.py")):
        libraries = {module.split(".")[0] for module in imports(file)} & {"transformers", "llama_cpp"}
        assert not libraries or file.parent.name == "backends", f"{file.relative_to(ROOT)} imports {libraries}"
