# `make help` lists what there is to do.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench docs reference lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install everything that checks and tests use
	@$(PYTHON) tools/bootstrap.py --test

demo: ## Play four pull requests through the gate, on this machine
	@$(PYTHON) tools/bootstrap.py --demo
	@$(BIN)/python -m examples.demo

test: setup ## Run every test
	@$(BIN)/pytest --quiet --numprocesses $(JOBS) --dist loadfile

check: setup ## Run every linter, the type checker and the import rules
	@$(BIN)/python tools/check.py

bench: setup ## Measure speed and memory against the stated limits
	@$(BIN)/python tools/bench.py

docs: setup ## Build the documentation into site/
	@$(BIN)/mkdocs build --strict --quiet

reference: setup ## Write docs/reference/ anew from the code
	@$(BIN)/python tools/reference.py

lock: setup ## Resolve the dependencies anew into requirements/*.txt (UPGRADE=1 for newer versions)
	@$(BIN)/python tools/lock.py $(if $(UPGRADE),--upgrade)

clean: ## Remove what set-up, builds and tests leave behind
	rm -rf .venv .tools site build dist evidence .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name node_modules -prune -exec rm -rf {} +
