.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[dev]'
	touch $@

.PHONY: lint
lint: $(VENV)/.installed ## types, style, and the walls between the rooms
	$(BIN)/mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: fast
fast: $(VENV)/.installed ## tests of everything that needs no telephone (under a minute)
	$(BIN)/pytest -m 'not lab'

.PHONY: test
test: lint fast ## all tests

.PHONY: ari-client
ari-client: $(VENV)/.installed ## write ctl/pbx/wire.py anew from the interface that the newest Asterisk in the cache describes
	$(BIN)/python tools/ari_client.py

.PHONY: lock
lock: $(VENV)/.installed ## write requirements.lock from what is installed
	$(BIN)/pip freeze --exclude-editable | sed 's/ @ .*//' > requirements.lock
