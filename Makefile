# One command for each purpose; `make help` lists them.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --require-virtualenv

.DEFAULT_GOAL := help

help: ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Undersigned needs Python 3.11 or newer: set PYTHON=python3.x"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing: on Debian, install the package python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv

# One stamp per requirements file, so that it is installed again only when it changes.
.venv/run.installed: .venv/bin/python requirements/run.txt pyproject.toml
	@echo "Installing into .venv: a minute or two, the first time only"
	$(PIP) install --quiet --require-hashes -r requirements/run.txt
	$(PIP) install --quiet --no-deps --no-index --no-build-isolation --editable .
	@touch $@

.venv/test.installed: .venv/run.installed requirements/test.txt
	$(PIP) install --quiet --require-hashes -r requirements/test.txt
	@touch $@

.venv/shapes.installed: .venv/run.installed requirements/shapes.txt
	$(PIP) install --quiet --require-hashes -r requirements/shapes.txt
	@touch $@

.venv/dev.installed: .venv/test.installed requirements/dev.txt
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

install: .venv/run.installed ## make .venv with the pinned, hashed requirements

shapes: .venv/shapes.installed ## add what `undersigned data crosswalk` needs for maps of districts

PORT ?= 8000
run: install ## start everything on http://127.0.0.1:8000 (PORT=8000)
	$(BIN)/undersigned serve --port $(PORT)

# Many tests start the whole product: its modules are compiled once, and so are the tests' asserts
# (by pytest), even where Python is told to write no bytecode. One worker more than there are cores
# works while others wait.
test: .venv/test.installed chromium nginx ## run all tests
	$(BIN)/python -m compileall -q -j 0 api tests
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest \
		-n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist worksteal

test-large: .venv/test.installed ## sign-ons at their full sizes: 50,000 operations, 20,000 invalidated
	UNDERSIGNED_LARGE=1 $(BIN)/python -m pytest -n0 -q -s --timeout 3600 tests/sign_ons

# Nothing in `make test` fails because a machine is slow or busy; these tests do.
test-times: .venv/test.installed ## how long things take, on a machine that does nothing else
	UNDERSIGNED_TIMES=1 $(BIN)/python -m pytest -n0 $$(grep -rl --include='test_*.py' 'quick(' tests)

test-browser: .venv/test.installed chromium ## the browser tests with every combination
	UNDERSIGNED_BROWSER_MATRIX=all $(BIN)/python -m pytest -n auto --dist worksteal tests/browser

# Some hours of one core. ONLY=addresses does one module.
ONLY ?=
mutants: .venv/test.installed ## make faults in the most important modules: do their tests notice? (ONLY=addresses)
	$(BIN)/python -u -m tests.mutants $(if $(ONLY),--only $(ONLY))

# Debian's, never downloaded from elsewhere; without a browser its tests are skipped. The shell
# is the same browser without its windows, in which `make test` takes a quarter of the time.
chromium:
	@{ test -x /usr/bin/chromium && test -x /usr/bin/chromium-headless-shell; } || \
		{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium chromium-headless-shell; } || \
		if test -x /usr/bin/chromium; \
		then echo "SLOW BROWSER TESTS: on Debian, install the package chromium-headless-shell"; \
		else echo "NO BROWSER TESTS: there is no /usr/bin/chromium; on Debian, install the package chromium"; fi

# Debian's as well: the tests run the shipped configuration in it, on ports of its own.
nginx:
	@test -x /usr/sbin/nginx || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light; } || \
		echo "NO PROXY TESTS: there is no /usr/sbin/nginx; on Debian, install the package nginx-light"

test-deliveries: .venv/test.installed ## 10,000 letters through slow, busy and absent systems, some minutes
	DELIVERIES_LETTERS=10000 DELIVERIES_OUTAGE=60 DELIVERIES_PAUSED=50 $(BIN)/python -m pytest -n0 \
		tests/deliveries/channels/test_many.py tests/deliveries/channels/test_processes.py

# The long run of the crash harness, some 15 minutes; its smallest is among the tests. The
# longest: KILLS=100 POINTS=50 FORMS=50000, which kills a worker 100 times, the API 100, PostgreSQL
# 50, and 50 times at named points.
KILLS ?= 50
POINTS ?= 46
FORMS ?= 0
SEED ?= 1
crash: .venv/test.installed ## kill everything under load, compare the ledgers (KILLS=50 FORMS=0 SEED=1)
	$(BIN)/python -m tests.crash --kills $(KILLS) --points $(POINTS) --forms $(FORMS) --seed $(SEED)

# BENCH=--quick takes seconds, to see that it still runs.
bench: .venv/test.installed ## measure beside a bare FastAPI endpoint, some 5 minutes (BENCH=--quick)
	$(BIN)/python -m benchmarks $(BENCH)

bench-crosswalk: .venv/run.installed ## time the crosswalk on 8.1 million invented blocks, some minutes
	$(BIN)/python -m benchmarks.crosswalk $(BENCH)

bench-widget: .venv/test.installed chromium ## measure the widget in a throttled browser, two minutes
	$(BIN)/python -m benchmarks.widget $(BENCH)

# NAME="add a fax number" writes migrations/versions/00NN_add_a_fax_number.py.
migration: .venv/test.installed ## write the next migration from the table classes (NAME="what it does")
	@test -n "$(NAME)" || { echo 'say what it does: make migration NAME="add a fax number"'; exit 1; }
	$(BIN)/python -m migrations.new "$(NAME)"

# What is pinned stays pinned, unless UPGRADE says otherwise: UPGRADE=--upgrade for everything,
# UPGRADE="--upgrade-package httpx" for one package. Hashes of all platforms, no index lines.
# The tests' packages are resolved first: what runs has the versions that are tested.
UPGRADE ?=
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(UPGRADE)
lock: .venv/dev.installed ## pin pyproject's packages in requirements/*.txt (UPGRADE=--upgrade)
	$(LOCK) --group build --group test --output-file requirements/test.txt pyproject.toml
	$(LOCK) --group build --constraint requirements/test.txt --output-file requirements/run.txt pyproject.toml
	$(LOCK) --group build --extra shapes --constraint requirements/test.txt \
		--output-file requirements/shapes.txt pyproject.toml
	$(LOCK) --group pyproject.toml:dev --constraint requirements/test.txt --output-file requirements/dev.txt

hooks: .venv/dev.installed ## check style and contracts before each commit (pre-commit)
	$(BIN)/pre-commit install

sentences: .venv/test.installed ## list what people are told, in docs/sentences.md
	$(BIN)/python -m tests.docs.sentences

screenshots: .venv/test.installed ## take the pictures in docs/screenshots again (needs chromium)
	$(BIN)/python -m tests.browser.screenshots

lint: .venv/test.installed ## style, formatting and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/test.installed ## strict types
	$(BIN)/mypy

check: install ## validate the campaigns
	$(BIN)/undersigned check

clean: ## remove the virtual environment and the caches, never the data in var/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache

.PHONY: help install shapes run test test-large test-deliveries test-times mutants test-browser chromium nginx crash bench bench-crosswalk bench-widget screenshots migration lock hooks sentences lint types check clean
