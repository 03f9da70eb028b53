# Every target installs what it needs into .venv in this folder, and nothing elsewhere.
PYTHON ?= python3
STACKS ?=
BIN := .venv/bin
SOURCES := __main__.py facts settings components stack planning policy blueprint tests benchmarks $(wildcard examples)

# Let Python keep its compiled files, so that later runs start faster.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help preview evidence test servers fork check lint format types imports docs bench packs wheel lock clean

help: ## Show this help
	@echo "HIPAA workloads on AWS: a reference architecture in Pulumi and Python"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make preview STACKS=prod   only one stack;  $(BIN)/python -m blueprint --help   all options"

preview: .venv/.runtime ## Show what each stack would create and whether it passes (no AWS account, no Pulumi CLI)
	@$(BIN)/python -m blueprint preview $(STACKS)

test: .venv/.dev ## Run the tests
	@$(BIN)/python -m pytest -n auto

servers: .venv/.dev ## Fetch PostgreSQL 16, 17 and 18 into .servers; the tests of databases use them
	@$(BIN)/python -m tests.fetch_servers

fork: .venv/.dev ## Fork the repository into a temporary folder, with other stacks and a later date, and check it there
	@$(BIN)/python -m tests.fork

check: lint types imports docs ## Run lint, types, imports and docs

lint: .venv/.dev ## Lint and check the format
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)

format: .venv/.dev ## Format the code
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

types: .venv/.dev ## Check types in strict mode
	@$(BIN)/basedpyright -p pyproject.toml

imports: .venv/.dev ## Check the import contracts: data flows one way
	@PYTHONPATH=. $(BIN)/lint-imports

evidence: .venv/.runtime ## Write pages, network map, inventory, controls (OSCAL) and state of each stack to evidence/
	@$(BIN)/python -m blueprint evidence $(STACKS)

docs: .venv/.runtime ## Check that the generated pages are current
	@$(BIN)/python -m blueprint docs --check

bench: .venv/.runtime ## Measure previews and policies, and which faults the controls detect
	@$(BIN)/python -m benchmarks.preview
	@$(BIN)/python -m benchmarks.policies
	@$(BIN)/python -m benchmarks.mutation

DIST ?= dist
packs: .venv/.runtime ## Build the wheel of hipaa-policies and a publishable folder for each pack
	@rm -rf policy/build
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir $(DIST) ./policy
	@rm -rf policy/build
	@set -e; for pack in encryption retention isolation baseline; do \
		mkdir -p $(DIST)/$$pack; cp policy/$$pack/__main__.py $(DIST)/hipaa_policies-*.whl $(DIST)/$$pack; \
		sed 's#virtualenv: .*#virtualenv: venv#' policy/$$pack/PulumiPolicy.yaml > $(DIST)/$$pack/PulumiPolicy.yaml; \
		(cd $(DIST)/$$pack && ls -1 ./*.whl > requirements.txt); \
	done

wheel: .venv/.runtime ## Build the wheel of pulumi-blueprint
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir $(DIST) ./blueprint
	@rm -rf blueprint/build blueprint/*.egg-info

lock: .venv/.dev ## Write the pinned dependencies with hashes
	@UV_CACHE_DIR=.venv/uv-cache $(BIN)/uv pip compile pyproject.toml $(LOCK) -o requirements.txt
	@UV_CACHE_DIR=.venv/uv-cache $(BIN)/uv pip compile pyproject.toml $(LOCK) --extra dev -o requirements-dev.txt
	@set -e; for file in $(wildcard examples/*/requirements.in); do \
		UV_CACHE_DIR=.venv/uv-cache $(BIN)/uv pip compile $$file --constraints requirements-dev.txt $(LOCK) -o $${file%.in}.txt; \
	done
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

clean: ## Remove everything that the targets created
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache evidence dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.created:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python 3.11 or newer is needed, {sys.executable} is {v.major}.{v.minor}: make PYTHON=/path/to/python3.11 …")'
	@echo "Setting up .venv (once; about a minute)" >&2
	@$(PYTHON) -m venv .venv
	@touch $@

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes

# The policies are a separate distribution. Pulumi installs it in the same way for a pack (policy/*/requirements.txt).
INSTALL_POLICIES := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	--config-settings editable_mode=compat --editable policy

.venv/.runtime: requirements.txt policy/pyproject.toml | .venv/.created
	@$(PIP_INSTALL) -r requirements.txt
	@$(INSTALL_POLICIES)
	@touch $@

.venv/.dev: requirements-dev.txt policy/pyproject.toml | .venv/.created
	@$(PIP_INSTALL) -r requirements-dev.txt
	@$(INSTALL_POLICIES)
	@touch .venv/.runtime $@
