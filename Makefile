# Two commands are enough: make demo, make test. `make help` lists the rest.
PYTHON ?= python3
PORTAL = @command -v $(PYTHON) >/dev/null 2>&1 || { echo "ERROR: $(PYTHON) is not installed. Install Python 3.10, 3.11 or 3.12."; exit 1; }; exec $(PYTHON) portal/bootstrap.py

.PHONY: help demo up down status clean test install

help:
	@echo "make demo    a portal with the Medan demo in the foreground; Ctrl-C ends it"
	@echo "make up      the same in the background"
	@echo "make down    end what make up started"
	@echo "make status  what runs, and where"
	@echo "make test    the whole test suite with coverage, on servers of its own"
	@echo "make clean   end everything and remove .portal/ with all data in it"

demo up down status clean test install:
	$(PORTAL) $@
