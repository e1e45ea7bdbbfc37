# make            build the study in config.yaml (against the bundled mock server unless it says otherwise)
# make test       check and test everything
# make overnight  build, waiting for the quota as often as needed
# make clean      delete what a build made, except the raw pages, which cost quota
# make docs       write the pages that are made from code
# make lock       pin the newest versions that pyproject.toml allows (needs uv)

SHELL := /bin/bash
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
PYTHON ?= python3
BIN := $(ROOT)/.venv/bin
READY := $(ROOT)/.venv/.ready

.PHONY: build test overnight docs clean lock
.DEFAULT_GOAL := build
.SILENT:

build: $(READY)
	cd "$(ROOT)" && "$(BIN)/snakemake" && "$(BIN)/python" -m ttdata summary

overnight: $(READY)
	cd "$(ROOT)" && until "$(BIN)/snakemake"; do [ $$? -eq 75 ] && "$(BIN)/python" -m ttdata wait || exit 1; done
	cd "$(ROOT)" && "$(BIN)/python" -m ttdata summary

test: $(READY)
	cd "$(ROOT)" && "$(BIN)/ruff" format --check . && "$(BIN)/ruff" check .
	cd "$(ROOT)" && "$(BIN)/snakefmt" --check Snakefile rules
	cd "$(ROOT)" && "$(BIN)/mypy"
	cd "$(ROOT)" && "$(BIN)/pytest"

docs: $(READY)
	cd "$(ROOT)" && for page in docs/make_*.py; do "$(BIN)/python" "$$page"; done

clean:
	cd "$(ROOT)" && rm -rf datasets ids logs plan.json .snakemake .ttdata

lock:
	cd "$(ROOT)" && uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --generate-hashes \
		--no-emit-index-url --upgrade --custom-compile-command "make lock" pyproject.toml --output-file requirements.lock

$(READY): $(ROOT)/requirements.lock $(ROOT)/pyproject.toml
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "This needs Python 3.11 or newer, but $(PYTHON) is $$("$(PYTHON)" --version 2>/dev/null || echo missing)." \
			"Install one, or name it: make PYTHON=python3.12" >&2; exit 1; }
	echo "Installing the pinned packages into .venv (once, about a minute) ..."
	rm -rf "$(ROOT)/.venv"
	"$(PYTHON)" -m venv "$(ROOT)/.venv" || { echo "Python's venv module is missing; on Debian: apt install python3-venv" >&2; exit 1; }
	"$(BIN)/pip" install --quiet --disable-pip-version-check --require-hashes -r "$(ROOT)/requirements.lock"
	"$(BIN)/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable "$(ROOT)"
	touch "$(READY)"
