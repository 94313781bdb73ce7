# Two commands on a fresh machine with Python >= 3.11, a C++ compiler and a package index:
#   make demo   install, run the default sweep on the embedded model, print the table and the report's path
#   make test   add the development tools and llama.cpp (compiles for minutes, once), then check and test everything
# Both use one .venv in this folder, made by whichever comes first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --constraint constraints.txt

.PHONY: demo test check fast bench soak docs pictures clean

demo: $(VENV)/.installed
	$(BIN)/python -m harness +experiment=antislop_sweep

test: check
	$(BIN)/python -m pytest --numprocesses auto

check: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fast: $(VENV)/.developing
	$(BIN)/python -m pytest --numprocesses auto -m "not slow"

bench: $(VENV)/.developing
	$(BIN)/python -m experiments.bench

soak: $(VENV)/.developing
	$(BIN)/python -m tests.faults.soak

docs: $(VENV)/.developing
	$(BIN)/mkdocs build --strict

pictures: $(VENV)/.developing
	$(BIN)/python -m experiments.pictures

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/.developing: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[dev,llamacpp,bench,wordfreq,launchers,ray,postgres,serve,lm-eval,several-devices,docs]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
