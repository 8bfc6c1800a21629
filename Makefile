# All that is needed beforehand: Python 3.11 to 3.14, make and git. `make` alone lists the targets.
#   make PYTHON=/path/to/python3 ...   takes that Python for .venv

VENV      := .venv
BIN       := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# The first Python on the path that will do (dagster ends at 3.14).
PYTHON = $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null \
	&& command -v "$$python" && break; done)

PIP    := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check
LOCKED := --no-deps --require-hashes -r requirements.lock

.DEFAULT_GOAL := help
.PHONY: help install demo ui test lint bench faults fuzz lock clean

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s%s\n", $$1, $$2 }' Makefile

install: $(INSTALLED)  ## put heap_assets and its tools into .venv, exactly as locked

# uv, where it is on the path, takes seconds for it; pip does it anywhere, also where only pip knows the way to an index.
$(INSTALLED): requirements.lock setup.cfg | $(BIN)/pip
	@echo "Installing what requirements.lock lists into $(VENV); the first time this takes a minute or two."
	@{ command -v uv >/dev/null && uv pip install --quiet --python $(BIN)/python $(LOCKED); } || $(PIP) $(LOCKED)
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/pip:
	@python="$(PYTHON)"; if [ -z "$$python" ]; then \
		echo "heap_assets needs Python 3.11 to 3.14; python3 here is: $$(python3 --version 2>&1)." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3 $(or $(MAKECMDGOALS),install)" >&2; exit 1; fi; \
	"$$python" -m venv --clear $(VENV)

demo: install  ## write a sample bucket with known truth and run everything on it
	@$(BIN)/heap-assets demo

ui: install  ## start the Dagster UI (after make demo: on the demo)
	@$(BIN)/heap-assets ui

test: lint  ## all that CI checks: the static part, then the tests
	$(BIN)/pytest -q -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: install  ## only the static part: style, format, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: install  ## run the benchmarks, one after the other
	@set -e; for script in $(sort $(wildcard benchmarks/*.py)); do echo "== $$script"; $(BIN)/python "$$script"; done

faults: install  ## tests that kill, cut and collide, and further whole runs (minutes)
	$(BIN)/pytest -q -o faulthandler_timeout=0 -m "faults or whole"

fuzz: install  ## long random runs of the properties and decoders (minutes)
	$(BIN)/pytest -q -o faulthandler_timeout=0 -m fuzz

lock: | $(BIN)/pip  ## bring requirements.lock up to setup.cfg (UPGRADE=1: and to the newest versions allowed)
	@command -v uv >/dev/null || $(PIP) uv
	@PATH="$(CURDIR)/$(BIN):$$PATH" uv pip compile setup.cfg --extra dev $(if $(UPGRADE),--upgrade) --quiet --universal \
		--python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-strip-extras --annotation-style line --custom-compile-command "make lock" --output-file requirements.lock

clean:  ## remove .venv, builds and caches; lakes and demo (.heap_assets) stay
	rm -rf $(VENV) build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
