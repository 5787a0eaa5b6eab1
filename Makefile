# make run    serve the dashboard on this machine, with demonstration data
# make bench  speed, as ratios against floors measured in the same run
# make test   every check and every test, on SQLite and on PostgreSQL
#
# PYTHON names the Python that makes the virtual environment: make run PYTHON=python3.12

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
# Newer than the file of the same name means: what it names is installed.
STAMP := $(VENV)/requirements.stamp
TEST_STAMP := $(VENV)/requirements-test.stamp
INSTALL := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement

.PHONY: run test bench install install-test
.DEFAULT_GOAL := run

run: install
	@$(VENV)/bin/python manage.py demo
	@$(VENV)/bin/python manage.py collectstatic --noinput --verbosity 0
	@exec env BIND=127.0.0.1:$(PORT) $(VENV)/bin/gunicorn --config livelihood/gunicorn.py

test:
	@PYTHON="$(PYTHON)" .ci/needs
	@$(MAKE) --no-print-directory install-test
	@.ci/gates

bench: install-test
	@$(VENV)/bin/python -m benchmarks

install: $(STAMP)
	@:

install-test: $(TEST_STAMP)
	@:

$(STAMP): requirements.txt
	@$(PYTHON) -c "" 2>/dev/null || \
		{ echo "'$(PYTHON)' was not found: install Python 3.11 or later, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
		{ echo "Python 3.11 or later is needed, and '$(PYTHON)' is older. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || \
		{ echo "'$(PYTHON)' cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements.txt names (the first time this takes a minute or two) ..."
	@$(INSTALL) requirements.txt
	@touch $(STAMP)

$(TEST_STAMP): requirements-test.txt $(STAMP)
	@echo "Installing what requirements-test.txt names ..."
	@$(INSTALL) requirements-test.txt
	@touch $(TEST_STAMP)
