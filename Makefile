# make            build the study in config.yaml (from the bundled mock server, unless the study names another API)
# make test       run all checks and tests
# make test-slurm build the default study on a throw-away Slurm cluster on this machine (needs root and Debian)
# make proof      try everything that must not fail, for hours, and print how often each claim was tried;
#                 make proof ROWS="soak clocks" tries two of its rows
# make overnight  build, and wait for new quota as often as needed
# make bench      measure the speed of everything, for an hour or two, and write docs/performance.md
# make docs       write the pages that are generated from code, and build the documentation site into site/
# make examples   run the tutorial and the worked examples, and write what they print and draw into their pages
# make clean      delete what a build wrote, except the raw pages, which cost quota
# make lock       pin the newest versions that pyproject.toml allows
# make lowest     run the tests with the oldest versions that pyproject.toml allows

SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/.ready
TESTS_READY := .venv/.tests-ready
# The folder of this file. Its path may contain blanks, and make may be called from another folder with -f.
ROOT := $(shell dirname "$$(realpath "$(strip $(MAKEFILE_LIST))")")

.PHONY: build test test-all check test-slurm proof overnight bench docs examples clean lock lowest
.DEFAULT_GOAL := build

COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"
# All but slurm: with its plugin, every start of Snakemake imports pandas, which takes half a second.
EXTRAS := data mock proxy stata excel labels figures explore postgres s3 docs
COMMA := ,
EMPTY :=
SPACE := $(EMPTY) $(EMPTY)
# Install the packages of a file, and count them on one line.
define install
set -o pipefail; $(PY) -m pip install --disable-pip-version-check --require-hashes -r $(1) | \
	awk '/^(Collecting|Requirement already)/ { printf "\r  %d packages", ++n; fflush() } END { if (n) print "" }'
endef
# The same as pip freeze where the Python of .venv does not run, as on another machine: by the folders of the packages.
LIST_FOLDERS := ls .venv/lib/python*/site-packages | sed -n 's/-\([^-]*\)\.dist-info$$/==\1/p'
.SILENT:

ifneq "$(realpath .)" "$(ROOT)"
ifneq "$(CURDIR)" "$(ROOT)"
ELSEWHERE := yes
endif
endif

ifdef ELSEWHERE
build test test-slurm proof overnight bench docs examples clean lock lowest:
	$(MAKE) --no-print-directory -C "$(ROOT)" $@
else

build: $(READY)
	.venv/bin/ttdata build

overnight: $(READY)
	.venv/bin/ttdata build --wait

test: check
	$(PY) -m pytest -m "not slow"

test-all: check
	$(PY) -m pytest

check: $(TESTS_READY)
	$(PY) -m ruff format --check . && $(PY) -m ruff check .
	$(PY) -m snakefmt --check Snakefile rules
	$(PY) -m mypy

test-slurm: $(TESTS_READY)
	$(PY) -m uv pip install --quiet --python $(PY) "snakemake-executor-plugin-slurm>=2.8,<3"
	$(PY) -m tests.cluster

proof: $(TESTS_READY)
	$(PY) -m uv pip install --quiet --python $(PY) "mutmut>=3.8,<4"
	$(PY) -m tests.proof $(ROWS); status=$$?; $(PY) docs/make_proof.py; exit $$status

bench: $(TESTS_READY)
	$(PY) benchmarks/bench.py

docs: $(TESTS_READY)
	for page in docs/make_*.py; do $(PY) "$$page" || exit 1; done
	rm -rf site && .venv/bin/zensical build --clean --strict

examples: $(TESTS_READY)
	$(PY) -m tests.pages

clean:
	rm -rf datasets reports exports packages ids logs plan.json .snakemake .ttdata

lock: $(TESTS_READY)
	$(COMPILE) $(addprefix --extra ,$(EXTRAS)) --group dev --upgrade pyproject.toml --output-file requirements.lock
	$(COMPILE) --extra data --extra mock --group install --constraints requirements.lock pyproject.toml \
		--output-file .requirements-build.lock

lowest: $(TESTS_READY)
	rm -rf .venv-lowest && $(PY) -m uv venv --quiet --seed --python $(PY) .venv-lowest
	$(PY) -m uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct \
		--editable ".[$(subst $(SPACE),$(COMMA),$(EXTRAS))]" --group dev
	.venv-lowest/bin/python -m pytest

# An environment knows its own path: in a folder that was moved or copied, its programs would run those of the old one.
ifneq "$(shell cat $(READY) 2>/dev/null)" "$(ROOT)"
.PHONY: $(READY)
endif

$(READY): .requirements-build.lock pyproject.toml
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "This needs Python 3.11 or newer, but $(PYTHON) is $$("$(PYTHON)" --version 2>/dev/null || echo missing)." \
			"Install one, or name it: make PYTHON=python3.12" >&2; exit 1; }
	if [ -s $(READY) ] && [ "$$(cat $(READY))" != "$(ROOT)" ]; then \
		echo "This folder was moved or copied from $$(cat $(READY)): its environment is made again." \
			"Packages that you added to it are listed in .venv-added.txt."; \
		$(PY) -m pip freeze --exclude-editable >.venv-added.txt 2>/dev/null || $(LIST_FOLDERS) >.venv-added.txt; \
		rm -rf .venv; fi
	[ -x $(PY) ] || "$(PYTHON)" -m venv .venv || { \
		echo "Python's venv module is missing; on Debian: apt install python3-venv" >&2; exit 1; }
	echo "Installing what a build needs into .venv (once, about a minute) ..."
	$(call install,.requirements-build.lock)
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	echo "$(ROOT)" >$(READY)

$(TESTS_READY): $(READY) requirements.lock
	echo "Installing what the tests need into .venv (once, about a minute) ..."
	$(call install,requirements.lock)
	touch $(TESTS_READY)
endif
