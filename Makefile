# make run   score the six projects of the sample and write their reports into out/
# make serve  the workbench in the browser, on a copy of the sample in out/工作台
# make test  run every test
# make check lint, types, layers, generated files
# make bench this engine beside others on the same input: prints docs/scale-bench.md (about ten minutes)
# make mutants  small wrong changes to the modules that scores rest on, and whether a test notices (about an hour)
# make lock  renew requirements/ after a change of pyproject.toml; UPGRADE=--upgrade takes the newest of everything
# make sbom  the list of parts with their licences, as CycloneDX: dist/ziping.cdx.json
# make offline  bundles for machines without a network: dist/ziping-<version>-<platform>-py<3.x>.zip (PLATFORMS=… chooses which);
#               the one of this machine is tried where there is no network, from unzip to a scored sample and a page that answers
# make site  the documentation and the rule book as one site, opened from the disk: dist/site/index.html
# Each sets up what it needs in .venv, at the versions and hashes of requirements/; PYTHON=python3.12 chooses another Python
# (3.11 or newer).
PYTHON ?= python3
OUT ?= out
PLATFORMS ?= linux-x86_64 windows-amd64
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED := $(PIP) --require-hashes --no-build-isolation
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"
SUBSET = $(LOCK) --upgrade --no-annotate --constraints requirements/all.txt

.PHONY: run serve test check generated bench mutants lock sbom offline site clean

run: .venv/.installed
	@$(BIN)/ziping run --sample --out $(OUT) || [ $$? -eq 1 ]

serve: .venv/.installed-dev
	@[ -d $(OUT)/工作台 ] || $(BIN)/ziping init $(OUT)/工作台 --sample
	@$(BIN)/ziping serve $(OUT)/工作台

test: .venv/.installed-dev
	$(BIN)/python -m pytest -n auto

check: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m evaluator.handbook.schema rules/schema --check
	$(BIN)/ziping check > /dev/null || [ $$? -eq 1 ]
	$(BIN)/ziping scenario > /dev/null

generated: .venv/.installed-dev
	$(BIN)/python -m evaluator.handbook.schema rules/schema
	$(BIN)/python -m tests.samples
	$(BIN)/python -m tests.readme

bench: .venv/.installed-all
	$(BIN)/python -m benchmarks.scale

mutants: .venv/.installed-all
	$(BIN)/python -m benchmarks.mutants

lock: .venv/.installed-all
	$(LOCK) $(UPGRADE) --all-extras pyproject.toml --output-file requirements/all.txt
	$(SUBSET) --extra dev pyproject.toml --output-file requirements/dev.txt
	$(SUBSET) pyproject.toml --output-file requirements/runtime.txt
	$(SUBSET) requirements/build.in --output-file requirements/build.txt
	$(SUBSET) --extra web --extra sign --extra batch pyproject.toml --output-file requirements/offline.txt
	$(SUBSET) requirements/bundle.in --output-file requirements/bundle.txt

sbom: .venv/.installed-dev
	@mkdir -p dist
	$(BIN)/python -m supply.parts requirements/runtime.txt dist/ziping.cdx.json

offline: .venv/.installed-dev
	$(BIN)/python -m supply.offline dist $(PLATFORMS)
	$(BIN)/python -m supply.trial dist

site: .venv/.installed-dev
	$(BIN)/python -m supply.site dist/site

.venv/.installed: pyproject.toml requirements/build.txt requirements/runtime.txt
	$(PYTHON) -m venv .venv
	$(LOCKED) --requirement requirements/build.txt
	$(LOCKED) --requirement requirements/runtime.txt
	$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements/dev.txt
	$(LOCKED) --requirement requirements/dev.txt
	@touch $@

.venv/.installed-all: .venv/.installed-dev requirements/all.txt
	$(LOCKED) --requirement requirements/all.txt
	@touch $@

clean:
	rm -rf .venv out
