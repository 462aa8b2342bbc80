# Every target does its own set-up: a machine with Python 3.11 to 3.13 is enough.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
STACK ?= prod
PY := .venv/bin/python
READY := .venv/.ready
# Processes that test at once, each with a PostgreSQL and a Redis of its own. 0: none beside pytest's own.
WORKERS ?= 2
TESTS = $(PY) -m pytest -n $(WORKERS) --junitxml=.cache/tests/$@.xml
# What the last runs wrote for `make slowest`. A run begins by deleting them: a run that was cut short leaves none.
RESULTS := .cache/tests/test.xml .cache/tests/verify-rest.xml
# make test APP=licensing: this application's tests alone.
APP ?=
APPS := $(filter-out %/domain,$(patsubst %/tests,%,$(wildcard apps/*/tests apps/domain/*/tests)))

help: ## Show what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): locks/dev.lock locks/bootstrap.lock pyproject.toml sdk/python/pyproject.toml tools/setup.sh
	@PYTHON="$(PYTHON)" tools/setup.sh

setup: $(READY) ## Create .venv from the hashed lock files

up: $(READY) ## Run the declared platform on this machine, until Ctrl-C
	@.venv/bin/coditect up

plan: $(READY) ## Show what a stack is: make plan STACK=prod
	@.venv/bin/coditect plan $(STACK)

inventory: $(READY) ## Accept the present graphs of all stacks as the reviewed inventory
	@.venv/bin/coditect inventory --write

accept: inventory schema docs ## Accept what a change makes: inventories, schemas, pages and the picture made from code
	@.venv/bin/coditect graph prod --svg docs/graph-prod.svg

policy: $(READY) ## Check every stack against the rules and today's waivers
	@for stack in dev staging prod dr local; do .venv/bin/coditect policy $$stack || exit 1; done

docs: $(READY) ## Write the pages that are made from code
	@.venv/bin/coditect policy --docs --write

schema: $(READY) ## Write the JSON Schema of a stack's settings
	@.venv/bin/coditect schema --write
	@$(PY) -m infra.components.chart_schemas

test-fast: $(READY) ## Run the tests that start nothing: under a minute
	@$(TESTS) -m "not servers and not verify"

test: $(READY) ## Run what decides daily work; one application's tests: make test APP=licensing
ifeq ($(APP),)
	@rm -f $(RESULTS)
	@$(TESTS) -m "not verify"
else
	@$(if $(filter %/$(APP),$(APPS)),,echo "APP=$(APP): there is no such application. There are: $(notdir $(APPS))." >&2; exit 1;) \
		$(PY) -m pytest -n $(WORKERS) $(filter %/$(APP),$(APPS))
endif

verify: $(READY) ## Run every test: make test, then engine, API server, faults and the whole local platform
	@rm -f $(RESULTS)
	@trap '$(MAKE) --no-print-directory slowest' EXIT; \
		$(MAKE) --no-print-directory test APP= && $(MAKE) --no-print-directory verify-rest

verify-rest: programs
	@rm -f .cache/tests/verify-rest.xml
	@$(TESTS) -m verify

slowest: $(READY)
	@$(PY) -m tools.slowest $(RESULTS)

programs: $(READY) ## Get Chromium, the Pulumi command, the Kubernetes API server and etcd, unless they are there
	@$(PY) -m tools.browser >/dev/null
	@$(PY) -m tools.pulumi >/dev/null
	@$(PY) -m tools.kubernetes_api >/dev/null

faults: $(READY) ## Kill, pause and partition the license service's processes under load
	@$(PY) -m pytest tests/faults

lint: $(READY) ## Format, lint, types, import rules
	@echo "ruff format"; .venv/bin/ruff format --check .
	@echo "ruff check"; .venv/bin/ruff check .
	@echo "import-linter"; .venv/bin/lint-imports
	@echo "hadolint"; .venv/bin/hadolint images/*.Containerfile
	@echo "actionlint"; "$$($(PY) -m tools.actionlint)" .github/workflows/*.yaml
	@echo "zizmor"; .venv/bin/zizmor --offline --quiet .github
	@echo "mypy (strict)"; .venv/bin/mypy
	@echo "mypy (strict, sdk)"; .venv/bin/mypy --config-file sdk/python/pyproject.toml sdk/python/src

format: $(READY) ## Rewrite files as ruff wants them
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

bench-plan: $(READY) ## Time capture and plan, also of a catalogue ten times larger
	@$(PY) -m bench.plan

bench-start: $(READY) ## Time a first start of the local platform, later ones and its memory, beside a bare import
	@$(PY) -m bench.start

bench-license: $(READY) ## Time acquire and heartbeat beside their baselines
	@$(PY) -m bench.license

mutants: $(READY) ## Show that each fault test fails against its seeded mutant
	@$(PY) -m tests.faults.mutants

pictures: $(READY) ## Draw the README's pictures anew, from the platform that runs (coditect up)
	@.venv/bin/coditect graph prod --svg docs/graph-prod.svg
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) -m tools.terminal_picture docs/quick-start.svg --rows 80 --columns 124 \
		--title docs/quick-start.md -- $(PY) -m tools.walkthrough docs/quick-start.md
	@$(PY) -m tools.console_pictures

lock: $(READY) ## Resolve the lock files anew (hashes, no index address)
	@tools/lock.sh

clean: ## Delete .venv, caches and build output; built programs and the local platform's data stay
	@PYTHON="$(PYTHON)" tools/clean.sh

clean-all: ## As clean, and also delete built programs (.tools) and the local platform's data (.local)
	@PYTHON="$(PYTHON)" tools/clean.sh --all

.PHONY: help setup up plan inventory accept policy docs schema test-fast test verify verify-rest slowest programs faults lint \
	format bench-plan bench-start bench-license mutants pictures lock clean clean-all
