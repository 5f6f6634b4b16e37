SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QUIET_PIP := --quiet --disable-pip-version-check --no-input --root-user-action=ignore
SPEED ?=
PHOTOGRAPHS ?=
ONLY ?=
# Centres that the tests with telephones run side by side; they wait for speech and music most of the time.
CENTRES ?= 4

# Else every process that a test starts compiles the whole product once more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Debian keeps the means to make a virtual environment in a package of its own.
$(VENV)/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "installing python3-venv"; apt-get -qq update && DEBCONF_NOWARNINGS=yes DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes python3-venv >/dev/null; }
	@echo "installing Python packages"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install $(QUIET_PIP) --constraint requirements.lock --editable '.[dev]' 2> >(grep -v '^WARNING: Location' >&2)
	@touch $@

# What browsers are served. Node builds it: the machine's, or the one that comes as a Python package.
BUILT := ctl/web/static/built/manifest.json
READY := $(VENV)/.installed $(BUILT)
$(BUILT): $(VENV)/.installed $(wildcard ctl/web/islands/*.ts ctl/web/islands/lib/*.ts ctl/web/static/*.css ctl/web/static/css/*.css) package-lock.json tools/assets.py
	@$(BIN)/python -m tools.assets && touch $@

.PHONY: assets run up down status
assets: $(BUILT) ## build the style sheet and the TypeScript of the screens

run: $(READY) ## install what is missing and run the centre in the foreground; Ctrl-C stops it
	@exec $(BIN)/ctl run

up: $(READY) ## the same in the background
	@$(BIN)/ctl up

down: $(VENV)/.installed ## stop what `make up` started
	@$(BIN)/ctl down

status: $(VENV)/.installed ## how every service is
	@$(BIN)/ctl status

.PHONY: demo deploy
demo: $(READY) ## play citizens, operators and departments; SPEED=60 replays the ward's peak day
	@$(BIN)/ctl demo $(if $(SPEED),--speed $(SPEED))

deploy: $(READY) ## check and apply what was edited in ivr_flows/
	@$(BIN)/ctl deploy

.PHONY: image
image: $(READY) ## build the Docker image of all parts, for docker-compose.yml
	@rootfs=$$($(BIN)/ctl rootfs) && tar --create --exclude=./$(CERTIFICATES) --directory "$$rootfs" . \
	  $(if $(wildcard /$(CERTIFICATES)),--directory / $(CERTIFICATES)) | docker import - toritsugi-asterisk >/dev/null
	@docker build --quiet --network host --file asterisk/Dockerfile --tag toritsugi .

# The authorities that this machine trusts beside Debian's are trusted in the image, too.
CERTIFICATES := usr/local/share/ca-certificates

MORE_OF := tests/unit/simulation tests/unit/web/test_openapi.py
SLOWER := $(addprefix tests/unit/,cli cms database editing house prompts security web) \
  $(addprefix tests/property/test_,audit.py editing.py ingest.py service.py)
.PHONY: lint fast unit thorough browser lab test bench
lint: $(READY) ## types, style, and the walls between the rooms
	$(BIN)/mypy
	$(BIN)/python -m tools.assets types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# What needs neither a database, a screen nor a program besides the test.
fast: $(READY) ## tests of calls, plans and the journal, without database, screens and commands (under a minute)
	$(BIN)/pytest tests/unit tests/property $(addprefix --ignore ,$(SLOWER)) -m 'not days' -n auto --dist loadfile

# What `thorough` does not try more of.
unit: $(READY) ## every test that needs no telephone and no screen, but the property tests
	$(BIN)/pytest tests/unit $(addprefix --ignore ,$(MORE_OF)) -n auto --dist loadfile

thorough: $(READY) ## the property tests with five times as many examples, and whole simulated days
	$(BIN)/pytest tests/property $(MORE_OF) --hypothesis-profile thorough -n auto

lab: $(READY) tools ## tests with a real Asterisk, real telephones and a real Postgres
	$(BIN)/pytest tests/lab -m lab -n $(CENTRES) --dist loadfile --no-loadscope-reorder

browser: $(READY) tools ## tests of the screens in a real Chromium; PHOTOGRAPHS=FOLDER puts pictures of all of them there
	$(BIN)/pytest tests/browser -m browser -n 2 --dist loadfile $(if $(PHOTOGRAPHS),--photographs $(PHOTOGRAPHS))

# Asterisk's root file system is made, where there is none yet, while the tests run that need none. It is waited for when they
# fail, too: made once, it serves every later run.
test: $(READY) ## all tests
	@$(BIN)/ctl rootfs >/dev/null & made=$$!; trap wait EXIT; \
	  $(MAKE) --no-print-directory lint unit thorough && wait $$made && $(MAKE) --no-print-directory browser lab

bench: $(READY) tools ## measure side by side with Queue() and print the report; ONLY="freed load" measures these
	@$(BIN)/python -m tests.bench $(ONLY)

.PHONY: torture chaos fuzz
torture: $(READY) tools ## attack a centre of its own with malformed, hostile and forbidden messages; ONLY="ransom screens" only these
	@$(BIN)/python -m tests.proving torture $(if $(ONLY),--only $(ONLY))

chaos: $(READY) tools ## break every part of a centre of its own under calls, and check the history; ONLY="killed cut" only these
	@$(BIN)/python -m tests.proving chaos $(if $(ONLY),--only $(ONLY))

SECONDS ?= 60
fuzz: $(READY) ## feed every reader of foreign bytes with what it has not seen yet; SECONDS=600 for each
	@$(BIN)/python -m tests.proving fuzz --seconds $(SECONDS)

.PHONY: load soak
load: $(READY) tools ## CPS=20 CALLS=1200: so many calls a second; without them ever more, until the first fails
	@$(BIN)/python -m tests.proving load $(if $(CPS),--cps $(CPS)) $(if $(CALLS),--calls $(CALLS))

soak: $(READY) tools ## HOURS=8: calls for hours, nothing grows; DAYS=2 SPEED=20: the ward's peak day in fast motion
	@$(BIN)/python -m tests.proving soak $(if $(HOURS),--hours $(HOURS)) $(if $(DAYS),--days $(DAYS)) $(if $(SPEED),--speed $(SPEED))

# What only tests and measurements need, from Debian.
TOOLS := sip-tester tcpdump baresip-core chromium fonts-noto-cjk sox iproute2 sipvicious nftables strace libfaketime
.PHONY: tools
tools:
	@dpkg-query --show $(TOOLS) >/dev/null 2>&1 || { echo "installing $(TOOLS)"; apt-get -qq update && \
	  DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $(TOOLS) >/dev/null; }

.PHONY: lock ari-client diagrams
lock: $(VENV)/.installed ## write requirements.lock from what is installed
	$(BIN)/pip freeze --exclude-editable | sed 's/ @ .*//' > requirements.lock

ari-client: $(VENV)/.installed ## generate ctl/pbx/wire.py from Asterisk's own description of ARI
	$(BIN)/python tools/ari_client.py

diagrams: $(VENV)/.installed ## draw docs/states.md and docs/access.md from the tables in the code
	$(BIN)/python -m docs.draw_states
	$(BIN)/python -m docs.draw_access
