# Two commands matter on a fresh machine: `make demo` and `make test`.
# Both make the virtual environment by themselves, once; it follows pyproject.toml.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
WORKERS ?= 2
ARGS ?=

PREFIX ?= $(HOME)/.local
SHOTS ?= build/screenshots
ID := org.roammail.RoamMail

.PHONY: demo demo-window run test check bench lab lab-test screenshots install-desktop \
	system-packages clean help

help:
	@echo "make demo    the whole story on servers of its own; needs no account"
	@echo "make demo-window  the same in the window"
	@echo "make run     roammail from this checkout: make run ARGS='test --json'"
	@echo "make test    checks, then every test"
	@echo "make check   format, lint, types, import directions"
	@echo "make lab     a shell on a laptop in a world of its own: make lab PLACE=hotel CMD='roammail test'"
	@echo "make lab-test  the tests in that world: every place, every profile"
	@echo "make bench   measurements, beside other programs in the same run"
	@echo "make screenshots  every page, light and dark, from the demo: SHOTS=$(SHOTS)"
	@echo "make install-desktop  launcher, icons and description for this desktop: PREFIX=$(PREFIX)"

demo: $(VENV)/.ready
	$(BIN)/roammail demo $(ARGS)

demo-window: $(VENV)/.ready-dev
	$(BIN)/roammail demo --window

run: $(VENV)/.ready
	$(BIN)/roammail $(ARGS)

test: system-packages check
	$(BIN)/python -m tests -n $(WORKERS) --dist loadgroup $(ARGS)

check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lab: system-packages $(VENV)/.ready-dev
	@$(BIN)/python -m tests.lab $(or $(PLACE),home) '$(CMD)'

lab-test: system-packages $(VENV)/.ready-dev
	$(BIN)/python -m pytest -m lab tests/lab $(ARGS)

bench: system-packages $(VENV)/.ready-dev
	@sh packaging/fetch-lab-servers
	$(BIN)/python -m pytest tests/bench -p no:randomly -s $(ARGS)

screenshots: $(VENV)/.ready-dev
	$(BIN)/python -m tests.ui.screenshots $(SHOTS)

install-desktop: $(VENV)/.ready-dev
	$(BIN)/python packaging/build_icons.py $(PREFIX)/share/icons
	install -Dm644 packaging/$(ID).desktop $(PREFIX)/share/applications/$(ID).desktop
	install -Dm644 packaging/$(ID).metainfo.xml $(PREFIX)/share/metainfo/$(ID).metainfo.xml
	-update-desktop-database $(PREFIX)/share/applications

system-packages:
	@sh packaging/install-system-packages
	@sh packaging/fetch-lab-servers

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "RoamMail needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || sh packaging/install-system-packages python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[dev,window]'
	@touch $(VENV)/.ready $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
