# make run: the dashboard. make test: every test. Both make .venv first, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Streamlit does not start where it cannot tell a home, as in a container whose user has no name.
export HOME ?= /

.PHONY: run test lint format bench bundle readme clean

run: $(VENV)/.run-ready
	$(BIN)/streamlit run dashboard/app.py

test: $(VENV)/.test-ready
	$(BIN)/python -m tests.browser.provide
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.test-ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Speed, as ratios measured in one run. QUICK=1 takes under five minutes.
bench: $(VENV)/.test-ready
	$(BIN)/python -m tests.browser.provide
	$(BIN)/python -m tests.benchmarks $(if $(QUICK),--quick)

# Trains the runs that come with the project; about 40 minutes on two cores.
bundle: $(VENV)/.run-ready
	$(BIN)/python -m core.bundle

# Writes the table of results and the screenshot into README.md.
readme: $(VENV)/.test-ready
	$(BIN)/python -m tests.browser.readme

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Latent Lens needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12 run"; exit 1; }
	$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.run-ready: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt
	@touch $@

$(VENV)/.test-ready: tests/requirements.txt $(VENV)/.run-ready
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r tests/requirements.txt
	@touch $@
