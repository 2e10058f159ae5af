# `make demo` and `make test` do all their own set-up; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.PHONY: peers bench-peers help setup demo test check format lock clean docs bench calibrate converge prove-circles browser-setup bundle system-packages

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/.ready ## the Python environment, from hashes

$(VENV)/.ready: requirements.lock requirements-bootstrap.lock pyproject.toml
	@echo "== Python environment: creating $(VENV) and installing the locked packages (about 20 s after downloads)"
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else "Safelight needs Python 3.11, 3.12 or 3.13; this is %d.%d. Try: make PYTHON=python3.11 ..." % v[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Could not make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-bootstrap.lock
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

peers: $(VENV)/peers/.ready ## programs by other people that captures are tested with, apart from our own environment

$(VENV)/peers/.ready: requirements-peers.lock $(VENV)/.ready
	@echo "== Peers of captures (pywb, wacz): installing into $(VENV)/peers (about 30 s)"
	@$(PYTHON) -m venv $(VENV)/peers
	@$(UV) pip sync --quiet --python $(VENV)/peers/bin/python --require-hashes requirements-peers.lock
	@touch $@

bench-peers: $(VENV)/bench-peers/.ready ## programs by other people that only bench/capture.py runs (400 MB; no test needs them)

$(VENV)/bench-peers/.ready: requirements-bench-peers.lock bench/peers/capture/package-lock.json $(VENV)/.ready
	@echo "== Peers that captures are measured beside (auto-archiver, SingleFile): installing into $(VENV)/bench-peers"
	@echo "   They also need, from Debian: apt-get install chromium-driver xvfb"
	@$(PYTHON) -m venv $(VENV)/bench-peers
	@$(UV) pip sync --quiet --python $(VENV)/bench-peers/bin/python --require-hashes requirements-bench-peers.lock
	@cp bench/peers/capture/package.json bench/peers/capture/package-lock.json bench/peers/capture/.npmrc $(VENV)/bench-peers/
	@cd $(VENV)/bench-peers && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

lock: ## make the locks anew from pyproject.toml
	uv=$$(command -v $(UV) || command -v uv); \
	$$uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --extra server --extra postgresql --extra desk --extra analytics --extra dev --custom-compile-command "make lock" -o requirements.lock pyproject.toml; \
	grep -E '^uv==' requirements.lock | sed 's/ .*//' | $$uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" -o requirements-bootstrap.lock -; \
	$$uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" -o requirements-peers.lock requirements-peers.in; \
	$$uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" -o requirements-bench-peers.lock requirements-bench-peers.in

# Everything below runs with the environment's own Python and Node.js first on the path.
test check docs bench calibrate converge prove-circles demo bundle messages format: export PATH := $(CURDIR)/$(BIN):$(PATH)

demo: setup ## the whole path on a simulated country: two addresses to open in a browser
	@echo "== Demo: a simulated country, a server and a desk on this machine"
	@$(BIN)/safelight demo $(ARGS)

browser/node_modules/.ready: browser/package-lock.json $(VENV)/.ready
	@echo "== Browser code: installing the locked packages"
	@cd browser && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

browser-setup: browser/node_modules/.ready

system-packages: ## browsers, age, tor, nginx and iproute2, which the tests drive (Debian; needs root)
	@bash tests/support/system-packages.sh

test: setup browser-setup system-packages peers check ## all set-up, the checks, and every test
	@echo "== Browser code: vectors and tests"
	@cd browser && npm test --silent
	@echo "== Python: tests on 3 processes, which often wait for servers and browsers (about 20 minutes)"
	@$(BIN)/pytest -n 3 --dist loadfile $(ARGS) || { test $$? -eq 1 || exit 2; \
	  echo "== Failed beside other tests; each of these once more, alone. One that passes now still has a fault: a race, or a machine too slow"; \
	  $(BIN)/pytest --last-failed --last-failed-no-failures none; }

check: setup browser-setup ## style, types, layers, and that nothing generated is stale
	@echo "== Style";         $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "== Import contracts"; $(BIN)/lint-imports --no-logo --cache-dir .import_linter_cache > .import_linter_report || { cat .import_linter_report; exit 1; }
	@# mypy ends with 2 where its cache of an older tree trips it up, as happened after a pull.
	@echo "== Types";         $(BIN)/mypy --no-error-summary || { test $$? -eq 2 || exit 1; \
	  echo "== Types, once more without what an earlier run left"; rm -rf .mypy_cache; $(BIN)/mypy --no-error-summary; }
	@echo "== Security lint"; $(BIN)/bandit --quiet --recursive safelight --configfile pyproject.toml
	@echo "== Browser code: types, style, and the committed bundle against a rebuild"
	@cd browser && npm run --silent check
	@echo "== Generated pages and house rules"
	@$(BIN)/pytest --quiet --no-header tests/house

format: setup ## put the code into its one form
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

bundle: setup browser-setup ## rebuild the committed browser bundle
	@cd browser && npm run --silent build

docs: setup ## the documentation as HTML in docs/_build
	@$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html && echo "docs/_build/html/index.html"

bench: setup ## every bench in turn; ratios against a peer in one run
	@for b in bench/[a-z]*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

converge: setup ## three desks and a server, cut off and killed for 10,000 operations (about an hour)
	@SAFELIGHT_OPERATIONS=$${SAFELIGHT_OPERATIONS:-10000} $(BIN)/pytest --quiet tests/casework/team/test_three_desks_and_a_server.py

prove-circles: setup browser-setup peers ## all MLS vectors; fifty members for hours; a week of 200 on a server, then seized (hours)
	@cd browser && SAFELIGHT_PROVE=1 SAFELIGHT_SEEDS=$${SAFELIGHT_SEEDS:-1,2,3} npx vitest run tests/circles/vectors tests/circles/simulation
	@$(BIN)/python -m tests.circles.seized_week $${SAFELIGHT_WEEK:-20 10 7}

calibrate: setup ## what methods do where the truth is known, into docs/methods (about an hour)
	@$(BIN)/python -m tests.calibration.outcomes_coverage
	@$(BIN)/python -m tests.calibration.undercount_coverage $(ARGS)
	@$(BIN)/python -m tests.calibration.linkage_coverage

clean: ## remove what the build made (never your data)
	rm -rf $(VENV) browser/node_modules docs/_build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .import_linter_report
