# Two commands are enough: make demo, make test. `make help` lists the rest.
PYTHON ?= python3
PORTAL = @command -v $(PYTHON) >/dev/null 2>&1 || { echo "ERROR: $(PYTHON) is not installed. Install Python 3.10, 3.11 or 3.12."; exit 1; }; exec $(PYTHON) portal/bootstrap.py

.PHONY: help demo up down status clean test install lint messages docs benchmark benchmark-review benchmark-checks ckan-suite test-long

help:
	@echo "make demo    a portal with the Medan demo in the foreground; Ctrl-C ends it"
	@echo "make up      the same in the background"
	@echo "make down    end what make up started"
	@echo "make status  what runs, and where"
	@echo "make test    the whole test suite with coverage, on servers of its own"
	@echo "make test-long  10,000 steps of the state machine, where the suite takes 400 (about 15 minutes)"
	@echo "make lint    style, types, directions of imports"
	@echo "make messages    extract, merge and compile the translations"
	@echo "make docs    the documentation, built strictly into site/"
	@echo "make benchmark   what the extension costs, against plain CKAN"
	@echo "make benchmark-review  transitions, audit trail, large queue and tree"
	@echo "make benchmark-checks  looking into files, validation of a save"
	@echo "make ckan-suite  CKAN's own tests, plain and with us; TESTS=ckan.tests.logic for a part"
	@echo "make clean   end everything and remove .portal/ with all data in it"

demo up down status clean test install:
	$(PORTAL) $@ $(ARGS)

test-long: export SATUDATA_MACHINE_STEPS = 10000
test-long:
	$(PORTAL) test ckanext/satudata/tests/review/test_machine.py

BIN = .venv/bin
TOOLS = @$(BIN)/python -m pip install -q --disable-pip-version-check --no-input

lint: install
	$(TOOLS) ruff mypy import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m ckanext.satudata.tests.imports

messages: install
	$(BIN)/python -m ckanext.satudata.tests.messages

docs: install
	$(TOOLS) mkdocs mkdocs-material
	$(BIN)/python -m ckanext.satudata.tests.documents
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q --strict

benchmark: install
	$(BIN)/python -m benchmarks.overhead --control

benchmark-checks: install
	$(BIN)/python -m benchmarks.checks --ini test.ini

benchmark-review: install
	$(BIN)/python -m benchmarks.review

ckan-suite: install
	$(TOOLS) Pillow  # CKAN's tests of uploaded pictures draw them
	$(BIN)/python -m benchmarks.ckan_suite $(TESTS)
