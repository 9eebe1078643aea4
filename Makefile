# make help lists the targets. Needs Go, Python 3.9 or newer and make; everything else is
# fetched into .venv, .venv-tools, build and the user's cache.

PYTHON ?= python3
FUZZTIME ?= 30s
TOOLS := .venv-tools/bin
GO_SOURCES := $(shell find cmd internal arrowipc plugin -name '*.go' -o -name '*.[ch]' 2>/dev/null)
PY_SOURCES := $(shell find python/src -name '*.py' -o -name py.typed 2>/dev/null) \
	python/pyproject.toml python/hatch_build.py python/build_binary.py
SAY = @printf '==> %s\n'

.PHONY: help tools build wheel install demo test lint fuzz windows bench clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/tailframe, a quick development binary with the system's C compiler
	$(SAY) "bin/tailframe (the first build takes a minute)"
	@go build -o bin/tailframe ./cmd/tailframe

wheel: build/wheel.stamp ## dist/tailframe-*.whl with the static binary inside

install: .venv/installed.stamp ## the wheel and what tests need, in .venv

tools: .venv-tools/stamp ## what building and linting need, in .venv-tools

demo: install ## a table from a sandbox Kafka: builds, installs, runs, stops what it started
	$(SAY) "running examples/demo.py"
	@.venv/bin/python examples/demo.py

test: install build windows ## everything, with a real Kafka it installs and starts itself
	@.ci/test

lint: .venv-tools/stamp ## gofmt, go vet, staticcheck, ruff, mypy --strict, the rooms
	@.ci/lint

fuzz: ## each fuzz test for FUZZTIME (30s)
	@.ci/fuzz $(FUZZTIME)

windows: build/windows/tailframe.exe ## build/windows/tailframe.exe, cross-built

bench: ## tailframe and its peers on a real Kafka (takes a while)
	@$(PYTHON) benchmarks/run.py

clean: ## remove what was built here (the user's caches stay)
	rm -rf .venv .venv-tools bin build dist

.venv-tools/stamp: .ci/requirements-tools.txt
	$(SAY) "tools for building and linting, in .venv-tools"
	@$(PYTHON) -m venv .venv-tools
	@$(TOOLS)/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@

build/wheel.stamp: $(GO_SOURCES) $(PY_SOURCES) go.mod go.sum LICENSE .venv-tools/stamp
	$(SAY) "the wheel, in dist (the first build takes some minutes)"
	@rm -rf dist
	@$(TOOLS)/python -m pip wheel -q --disable-pip-version-check --no-build-isolation --no-deps -w dist ./python
	@mkdir -p build && touch $@

.venv/installed.stamp: build/wheel.stamp .ci/requirements-test.txt
	$(SAY) "the wheel and what tests need, in .venv"
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -q --disable-pip-version-check -r .ci/requirements-test.txt dist/*.whl
	@.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --force-reinstall dist/*.whl
	@touch $@

build/windows/tailframe.exe: $(GO_SOURCES) go.mod go.sum python/build_binary.py .venv-tools/stamp
	$(SAY) "build/windows/tailframe.exe (the first build takes some minutes)"
	@$(TOOLS)/python python/build_binary.py --target windows -o $@
