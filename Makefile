# Two commands: `make demo` does the main job, `make test` runs the tests.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PARTS  := warehouse tools prompts agent apps evals

.PHONY: demo install test evals lint types check lock clean

demo: install
	$(BIN)/npsight ask "Did the price rise hurt NPS, and whom?"

install: $(VENV)/.ready
	@$(BIN)/python -m compileall -q $(PARTS)

# uv installs several times faster than pip; where it is not there, pip fetches it into the environment.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "npsight needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@PATH="$$PATH:$(CURDIR)/$(BIN)"; set -e; \
	  uv pip install --python $(BIN)/python --compile-bytecode --require-hashes --quiet -r requirements.lock; \
	  uv pip install --python $(BIN)/python --no-deps --no-build-isolation --quiet --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@PATH="$$PATH:$(CURDIR)/$(BIN)"; \
	  uv pip install --python $(BIN)/python --compile-bytecode --require-hashes --quiet -r requirements-dev.lock
	@touch $@

test: install $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 $(ARGS)

# The suites for the built-in planner and for recorded replies, against their baselines.
evals: install
	$(BIN)/npsight eval --out eval-results/builtin
	$(BIN)/npsight eval --model cassettes:by-hand --out eval-results/by-hand

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev
	$(BIN)/mypy

check: lint types test evals

# Pins with hashes and without download addresses.
lock: $(VENV)/.ready-dev
	PATH="$$PATH:$(CURDIR)/$(BIN)"; set -e; flags="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade"; \
	  uv pip compile -q $$flags --all-extras pyproject.toml requirements-build.in -o requirements.lock; \
	  uv pip compile -q $$flags --group dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
