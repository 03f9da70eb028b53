# Every target does its own set-up inside this folder (.venv); nothing is installed anywhere else.
PYTHON ?= python3
STACKS ?=
BIN := .venv/bin
SOURCES := __main__.py facts settings components stack planning policy blueprint tests benchmarks

# A second run starts at once only if Python keeps what it compiled in the first.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help preview test check lint format types imports docs bench packs lock clean

help: ## Show this help
	@echo "HIPAA workloads on AWS: a reference architecture in Pulumi and Python"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make preview STACKS=prod   one stack only;  $(BIN)/python -m blueprint --help   every option"

preview: .venv/.runtime ## Show what each stack would build and whether it passes (no account, no CLI)
	@$(BIN)/python -m blueprint preview $(STACKS)

test: .venv/.dev ## Run the tests
	@$(BIN)/python -m pytest -n auto

check: lint types imports docs ## Lint, format check, types, import contracts, generated docs

lint: .venv/.dev ## Lint and check the format
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)

format: .venv/.dev ## Rewrite the code in the project's format
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

types: .venv/.dev ## Check types, strictly
	@$(BIN)/basedpyright -p pyproject.toml

imports: .venv/.dev ## Check that data flows one way
	@PYTHONPATH=. $(BIN)/lint-imports

docs: .venv/.runtime ## Check that generated pages are up to date
	@$(BIN)/python -m blueprint docs --check
	@$(BIN)/python -m planning docs --check

bench: .venv/.runtime ## Time of previews and policies; how many faults the controls notice
	@$(BIN)/python -m benchmarks.preview
	@$(BIN)/python -m benchmarks.policies
	@$(BIN)/python -m benchmarks.mutation

DIST ?= dist
packs: .venv/.runtime ## Build the wheel of hipaa-policies, and a folder for each pack that can be published
	@rm -rf policy/build
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir $(DIST) ./policy
	@set -e; for pack in encryption retention isolation baseline; do \
		mkdir -p $(DIST)/$$pack; cp policy/$$pack/__main__.py $(DIST)/hipaa_policies-*.whl $(DIST)/$$pack; \
		sed 's#virtualenv: .*#virtualenv: venv#' policy/$$pack/PulumiPolicy.yaml > $(DIST)/$$pack/PulumiPolicy.yaml; \
		(cd $(DIST)/$$pack && ls -1 ./*.whl > requirements.txt); \
	done

lock: .venv/.dev ## Pin every dependency again, with hashes
	@UV_CACHE_DIR=.venv/uv-cache $(BIN)/uv pip compile pyproject.toml $(LOCK) -o requirements.txt
	@UV_CACHE_DIR=.venv/uv-cache $(BIN)/uv pip compile pyproject.toml $(LOCK) --extra dev -o requirements-dev.txt
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

clean: ## Remove everything that the targets made
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.created:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python 3.11 or newer is needed, {sys.executable} is {v.major}.{v.minor}: make PYTHON=/path/to/python3.11 …")'
	@echo "Setting up .venv (once; about a minute)" >&2
	@$(PYTHON) -m venv .venv
	@touch $@

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes

# The policies are a distribution of their own. Pulumi installs it in the same way for a pack (policy/*/requirements.txt).
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
