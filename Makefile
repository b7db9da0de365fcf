# Unsealed. `make help` lists what there is. Two commands do it all: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# The system's own Python where it will do: it is built with optimisation, and whoever runs the sandbox can read it (0125).
PYTHON := $(shell /usr/bin/python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && echo /usr/bin/python3 || echo python3)
BIN := .venv/bin
JOBS ?= 2
MYPY_CACHE := .mypy_cache
# Tests of what scripts/compile_modules.py compiles.
COMPILED := tests/test_compiled.py tests/test_query.py tests/archive tests/search tests/ingest

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.venv/ready: requirements.lock requirements-uv.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
# Workers see all of this read-only: what is not compiled now, they would compile at each start.
	@$(BIN)/python -m compileall -q src/unsealed
	@touch $@

.PHONY: setup
setup: .venv/ready ## make the virtual environment from the lock files

.PHONY: compiled
compiled: .venv/ready ## compile what ingest spends its time in: a tenth less processor time (needs gcc and python3-dev)
	@$(BIN)/python scripts/compile_modules.py

.PHONY: web
web: .venv/ready ## build the page verifier from web/ and its pinned packages
	@$(BIN)/python scripts/build_web.py

.PHONY: demo
demo: ## set everything up and run the whole job on the sample archive (NOSERVE=1: do not serve the site)
	@scripts/system-packages.sh demo
	@$(MAKE) --no-print-directory setup web
	@$(BIN)/unsealed demo $(if $(NOSERVE),--no-serve,)

.PHONY: test
test: ## set everything up, then check, and run every test (TESTS=path: only those)
	@scripts/system-packages.sh test
	@$(MAKE) --no-print-directory setup web
	@$(MAKE) --no-print-directory -j 2 check compiled
	@scripts/closed-network.sh $(BIN)/python -m pytest -n $(JOBS) --durations 15 -rs $(TESTS)
ifndef TESTS
# The same again for the compiled modules, as people run them who compile; the run above has their sources.
	@UNSEALED_PURE=0 scripts/closed-network.sh $(BIN)/python -m pytest -n $(JOBS) -m "not slow" $(COMPILED)
# The same walls for an ordinary user: root can be another user only outside of the network of the tests.
	@$(BIN)/python -m pytest -q -rs tests/sandbox -k ordinary_user
	@$(MAKE) --no-print-directory seal-coverage
endif

.PHONY: seal-coverage
seal-coverage: .venv/ready ## the seal's own tests with 100 % branch coverage
	@scripts/closed-network.sh $(BIN)/python -m pytest -n $(JOBS) --cov=unsealed.seal --cov-branch --cov-fail-under=100 --cov-report=term-missing:skip-covered tests/seal

.PHONY: check
check: .venv/ready ## ruff, mypy --strict, the stairs and walls
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: vectors
vectors: .venv/ready ## write tests/vectors again (a difference fails the tests)
	@$(BIN)/python scripts/make_vectors.py

.PHONY: vectors-mutate
vectors-mutate: setup web ## take each check out of both verifiers in turn: a vector must notice
	@$(BIN)/python scripts/mutate_verifier.py

.PHONY: bench
bench: setup web ## measure (docs/benchmarks.md); SIZE=10000 documents
	@$(BIN)/python scripts/compile_modules.py --if-possible
	@$(BIN)/python -m bench --size $(or $(SIZE),10000)

.PHONY: soak
soak: setup web ## true kills by the hundred: ingest, seal, publish; 1,000 from plan to pull; every crash point
	@UNSEALED_SOAK=1 scripts/closed-network.sh $(BIN)/python -m pytest -x --timeout 7200 tests/test_kills.py tests/test_kills_mirror.py tests/mirror/test_pull.py tests/release/test_witnessing.py tests/ingest/test_crash.py

.PHONY: fuzz
fuzz: setup ## guided by coverage: every reader of our own, splitter, proof and note parser; SECONDS_EACH=60, TARGETS='read-*'
	@$(BIN)/python scripts/fuzz.py --seconds $(or $(SECONDS_EACH),60) $(TARGETS)

.PHONY: docs
docs: setup ## check that the documentation tells the truth (commands, settings, exit codes, links)
	@$(BIN)/python -m pytest -q tests/test_docs.py

.PHONY: screenshots
screenshots: setup web ## make the pictures of the README again
	@$(BIN)/python scripts/screenshots.py

.PHONY: lock
lock: ## pin the dependencies again
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	@echo uv | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet -o requirements-uv.lock

.PHONY: clean
clean: ## remove everything that can be made again
	@rm -rf .venv node_modules web/node_modules build dist .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* src/unsealed/site/_vendor
