# Everything here sets up what it needs by itself: Python 3.11 or newer, git and make
# are enough. `make help` lists what there is.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
RUNNER ?= python

.PHONY: help setup demo test coverage reliability servers check bench pictures lock clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## a virtual environment with everything at its locked version

$(READY): .ci/requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --requirement .ci/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation --editable .
	touch $(READY)

demo: $(READY) ## the main job on the sandbox, with no token and no network
	PATH="$(CURDIR)/$(BIN):$$PATH" examples/demo.sh

test: $(READY) ## all tests
	$(BIN)/$(RUNNER) -m pytest -n auto

coverage: $(READY) ## what the tests cover; takes twice their time
	$(BIN)/coverage erase
	$(MAKE) test RUNNER="coverage run"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

reliability: $(READY) ## everything broken in every way there is; takes about an hour
	GHSTATE_RELIABILITY=full $(BIN)/python -m pytest -n auto -q --show-capture=no tests/reliability

servers: ## the servers that the tests of shared states start, from Debian's packages
	.ci/servers

check: $(READY) ## style, types, floors, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/codespell ghstate docs examples README.md CHANGELOG.md Makefile

bench: $(READY) ## measured figures beside their targets
	$(BIN)/python -m tests.bench

pictures: $(READY) ## the pictures in the documentation, made by the program itself
	$(BIN)/python -m tests.pictures

lock: ## the locked versions, anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --upgrade \
	  pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --upgrade --group dev \
	  pyproject.toml --output-file .ci/requirements.lock

clean: ## away with what was made
	rm -rf $(VENV) build dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
