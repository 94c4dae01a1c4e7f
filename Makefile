# Everything sets itself up: `make demo` or `make test` is all a fresh Debian machine needs.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
PYTEST_FLAGS ?=
AT_ONCE ?= 3 # test files at once: most of their time they wait for real programs
SECONDS ?= 600
TARGETS ?=
ROUNDS ?= 150
EACH ?= 20

.PHONY: help demo test test-fast test-long fuzz audit image lint docs format venv parts clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: ## a Slack workspace and a sample registry on this machine, with regclean in between
	@scripts/packages.sh demo
	@scripts/registry.sh demo
	@scripts/venv.sh run
	@$(BIN)/python -m demo

test: parts venv lint ## all checks and all tests, with real registries, Redis and browser
	@$(BIN)/pytest --no-header --numprocesses=$(AT_ONCE) --dist=loadfile --cov=bot --cov=workers --cov-branch --cov-report=term $(PYTEST_FLAGS)

test-fast: venv ## the unit tests alone
	@$(BIN)/pytest -q tests/unit $(PYTEST_FLAGS)

test-long: parts venv ## the tests that take minutes: the image is built, run and pushed; a real Kubernetes collects; ROUNDS of faults, then killed collections
	@scripts/packages.sh long
	@scripts/kubernetes.sh
	@$(BIN)/pytest --no-header -m long $(PYTEST_FLAGS)
	@failed=0; $(BIN)/python -m tests.chaos --rounds $(ROUNDS) || failed=1; \
		for who in horse worker; do $(BIN)/python -m tests.chaos --only "gc $$who killed" --each $(EACH) || failed=1; done; \
		exit $$failed

lint: venv ## style, types and layers
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { $(BIN)/ruff format --diff --quiet; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@source scripts/say.sh; quietly $(BIN)/lint-imports --no-logo

docs: venv ## the documentation as a site, in .cache/site
	@$(BIN)/zensical build --strict --clean --config-file mkdocs.yml

format: venv ## let the formatter lay out the code
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format --quiet

venv: ## .venv with regclean and all it takes to work on it
	@scripts/venv.sh dev

parts: ## the programs the tests need: registries, Redis, a browser, helm
	@scripts/packages.sh test
	@scripts/registry.sh test
	@scripts/helm.sh

fuzz: venv ## look for inputs that break a parser: SECONDS=… in all, TARGETS=… by name; docs/fuzzing.md
	@scripts/venv.sh fuzz
	@$(BIN)/python -m fuzz --seconds $(SECONDS) $(TARGETS)

audit: ## known vulnerabilities in the locked packages, as PyPI knows them; needs the network
	@scripts/audit.sh

image: ## the container image, with buildah; BASE=… is the image it stands on
	@scripts/image.sh

clean: ## remove all that can be made again, .venv too
	@rm -rf .venv build dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
