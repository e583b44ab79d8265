# Two commands for a newcomer: `make up` and `make test`. `make help` lists the others.
STACK ?= sandbox
VENV := .venv
BIN := $(VENV)/bin
# What a run needs, and in addition what tests and checks need.
RUN := $(VENV)/.installed-run
ALL := $(VENV)/.installed
# The sandbox stack's part of the state folder: what other stacks keep there stays.
SANDBOX_STATE := $(addprefix .pulumi-state/.pulumi/,stacks/*/sandbox.json* history/*/sandbox backups/*/sandbox \
	locks/organization/*/sandbox embedded/*/sandbox.lock embedded/*/sandbox.journal*)
# What its runs have left beside the state.
SANDBOX_RECORDS := $(addprefix .digo/,$(addsuffix /sandbox,journal ledger refused history records))

.DEFAULT_GOAL := help
.PHONY: help setup develop up preview refresh destroy down test fast cold soak check format lock reference pictures site bench clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: $(RUN) ## Create the virtual environment with what a run needs; EXTRAS="lists records" adds extras
ifneq ($(strip $(EXTRAS)),)
	@scripts/setup.sh $(VENV) requirements-run.txt "$(EXTRAS)"
endif
	@echo 'To have `digo` on PATH in this shell:  export PATH="$$PWD/$(VENV)/bin:$$PATH"'

develop: $(ALL) ## The same with what tests and checks need

$(RUN): requirements-run.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh $(VENV) requirements-run.txt
	@touch $@

$(ALL): requirements.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh $(VENV) requirements.txt
	@touch $(RUN) $@

up: $(RUN) ## Make the account match config/$(STACK)/ (STACK=sandbox unless given), without questions
	@scripts/stack.sh up $(STACK)

preview: $(RUN) ## Show what an up would do
	@scripts/stack.sh preview $(STACK)

refresh: $(RUN) ## Read the account into the state
	@scripts/stack.sh refresh $(STACK)

destroy: $(RUN) ## Forget the stack's resources (the account keeps them, unless the stack deletes)
	@scripts/stack.sh destroy $(STACK)

down: ## Stop the sandbox that `make up` started (its account stays in .sandbox/)
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m sandbox stop; else echo "no sandbox runs: nothing is set up"; fi

# The second run is the long one: its last lines say how it ended and what was left out.
test: $(ALL) check ## Everything: format, types, all tests, and a few of them without the warm Python
	$(BIN)/python -m pytest --cold -m cold
	$(BIN)/python -m pytest -n auto --dist worksteal

fast: $(ALL) ## The fast half of the tests, as CI runs it on each Python: what starts no process, server or browser
	$(BIN)/python -m pytest -n auto --dist worksteal --fast

cold: $(ALL) ## A few tests without the warm Python: every process starts as a user's does
	$(BIN)/python -m pytest --cold -m cold

soak: $(ALL) ## The long run, hours: every cut in every way, and hundreds of random sequences
	$(BIN)/python -m pytest -n 2 --dist worksteal -m soak

check: $(ALL) ## Format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m mypy
	$(BIN)/python -m mypy __main__.py
	$(BIN)/python -m scripts.check_requirements
	$(BIN)/lint-imports

format: $(ALL) ## Format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE := uv pip compile --universal --python-version 3.10 --generate-hashes --quiet --no-header --no-emit-index-url
lock: ## Pin the requirements with hashes: all of them, and those of a run (needs uv)
	$(COMPILE) --output-file requirements.txt requirements.in
	grep '^hatchling' requirements.in | $(COMPILE) --constraint requirements.txt --output-file requirements-run.txt \
		--extra sandbox pyproject.toml -

reference: $(ALL) ## Write docs/reference.md, docs/schema/, other tables of docs/ and the template of a project from the code
	$(BIN)/python -m scripts.reference
	$(BIN)/python -m digo schema --write docs/schema
	$(BIN)/python -m scripts.template

pictures: $(ALL) ## Make the pictures of the documentation again (needs a browser)
	$(BIN)/python -m scripts.pictures

site: $(ALL) ## Build the documentation site, with search, from docs/ (needs Python 3.11 or later)
	$(BIN)/python -m scripts.site

bench: $(ALL) ## Measure a run, beside its requests alone and the stock provider host
	$(BIN)/python -m bench

clean: down ## Remove the virtual environment, the site, the sandbox's account and the sandbox stack's state
	rm -rf $(VENV) .ci_cache site .sandbox $(SANDBOX_STATE) $(SANDBOX_RECORDS) .pytest_cache .ruff_cache .mypy_cache .hypothesis
