# The commands of AskPro. Nothing is needed but make and Python 3.11 or later.
#   PYTHON=python3.12   the interpreter that the virtual environment is made with
#   VENV=…              where that environment lives
#   ARGS='…'            more arguments for the command behind a target

VENV ?= .venv
ARGS ?=
export PYTHON VENV

BIN := $(VENV)/bin
# What tests start would read every module's source anew where a machine forbids to keep bytecode.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n logical --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help run test check faults proof nightly browser screenshots bench lock audit runtime develop env-example

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

run: runtime ## the gateway with demo companies, a Cal.com simulator and live calls
	@exec $(BIN)/flask demo $(ARGS)

test: develop ## the tests, on SQLite and PostgreSQL
	@$(PYTEST) $(ARGS)

check: develop ## what every commit passes: lint, format, types, secrets, the fast tests
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@tools/secrets
	@$(PYTEST) -q --database sqlite -m "not slow and not hasty and not faults and not browser" $(ARGS)

faults: develop ## kills, hangs and floods, with the full counts
	@$(BIN)/python -m pytest -m faults --full-counts $(ARGS)

proof: develop ## the faults with the full counts, and docs/proof.md of what came out
	@$(BIN)/python -m pytest -m faults --full-counts -p tools.proof --proof docs/proof.json $(ARGS)

nightly: develop ## two hours of load (ASKPRO_NIGHTLY_SECONDS=7200): memory and connections
	@$(BIN)/python -m pytest -m nightly --nightly --full-counts -p tools.proof --proof docs/proof.json $(ARGS)

browser: develop ## only the tests that drive Chromium, in every width and scheme
	@$(BIN)/python -m pytest -m browser --full-counts $(ARGS)

screenshots: develop ## the dashboard's pictures in docs/images
	@$(BIN)/python -m tests.browser.screenshots

bench: develop ## the figures of the benchmark, as a table and as JSON
	@$(BIN)/python -m benchmarks $(ARGS)

lock: ## requirements*.txt -> requirements*.lock, for every platform and Python from 3.11 on
	@tools/lock $(ARGS)

audit: ## known vulnerabilities of what is installed; asks pypi.org, so it needs the open internet
	@tools/audit $(ARGS)

env-example: develop ## .env.example and docs/settings.md from the settings
	@$(BIN)/python -m tools.env_example > .env.example
	@$(BIN)/python -m tools.settings_page > docs/settings.md

runtime: ## .venv with what the gateway needs, and nothing else
	@tools/venv $(VENV) requirements.lock

develop:
	@tools/venv $(VENV) requirements-dev.lock
