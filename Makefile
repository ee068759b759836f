# make run   score the six projects of the sample and write their reports into out/
# make test  run every test
# make check lint, types, layers, generated files
# make bench this engine beside others on the same input: prints docs/scale-bench.md (about ten minutes)
# Each sets up what it needs in .venv; PYTHON=python3.12 chooses another Python (3.11 or newer).
PYTHON ?= python3
OUT ?= out
BIN := .venv/bin

.PHONY: run test check generated bench clean

run: .venv/.installed
	@$(BIN)/ziping run --sample --out $(OUT) || [ $$? -eq 1 ]

test: .venv/.installed-dev
	$(BIN)/python -m pytest -n auto

check: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m evaluator.schema rules/schema --check
	$(BIN)/ziping check > /dev/null || [ $$? -eq 1 ]
	$(BIN)/ziping scenario > /dev/null

generated: .venv/.installed-dev
	$(BIN)/python -m evaluator.schema rules/schema
	$(BIN)/python -m tests.samples
	$(BIN)/python -m tests.readme

bench: .venv/.installed-bench
	$(BIN)/python -m benchmarks.scale

.venv/.installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.installed-dev: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

.venv/.installed-bench: .venv/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[bench]"
	@touch $@

clean:
	rm -rf .venv out
