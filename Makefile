# `make demo` and `make test` do all their own set-up; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.PHONY: help setup demo test check format lock clean docs bench calibrate browser-setup bundle system-packages

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/.ready ## the Python environment, from hashes

$(VENV)/.ready: requirements.lock requirements-bootstrap.lock pyproject.toml
	@echo "== Python environment: creating $(VENV) and installing the locked packages (about 20 s after downloads)"
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else "Safelight needs Python 3.11, 3.12 or 3.13; this is %d.%d. Try: make PYTHON=python3.11 ..." % v[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Could not make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-bootstrap.lock
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

lock: ## make the locks anew from pyproject.toml
	uv=$$(command -v $(UV) || command -v uv); \
	$$uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --all-extras --custom-compile-command "make lock" -o requirements.lock pyproject.toml; \
	grep -E '^uv==' requirements.lock | sed 's/ .*//' | $$uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" -o requirements-bootstrap.lock -
