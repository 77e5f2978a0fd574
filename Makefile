# Needs Python 3.11, 3.12 or 3.13 and make; everything else comes with the two commands.
.PHONY: run test lint bench bench-peers pins

VENV := .venv
PY := $(VENV)/bin/python
# The type checker and the linters read the settings; no key of a company is needed for that.
KEYLESS := PAYBACK_SECRET_KEY=no-secret-at-all PAYBACK_ENCRYPTION_KEYS=dGVzdHMtb25seS1rZXktdGVzdHMtb25seS1rZXktMDE=

run:
	@sh .ci/venv run $(VENV)
	@exec $(PY) manage.py up

# Byte code is kept, whatever the shell says: the tests start some sixty programs on the same sources.
test: export PYTHONDONTWRITEBYTECODE =
test: lint
	@sh .ci/browser $(VENV)
	$(PY) -m pytest -q -n 2 --dist loadfile --ignore tests/real_data --ignore tests/real_clients

lint:
	@sh .ci/venv dev $(VENV)
	$(PY) -m ruff check .
	$(KEYLESS) $(PY) -m mypy
	$(VENV)/bin/lint-imports

# Ratios against a limit or a rival of the same run; nothing else should run meanwhile.
bench:
	@sh .ci/venv dev $(VENV)
	$(PY) -m bench.value
	$(PY) -m bench.portfolio
	$(PY) -m bench.ingest
	$(PY) -m bench.intake
	$(PY) -m bench.ledger
	$(PY) -m bench.truth
	$(PY) -m bench.pages --calls 1000000

# The same telemetry load against Phoenix and MLflow, installed for the run: needs a package index and some minutes.
bench-peers:
	@sh .ci/venv dev $(VENV)
	$(PY) -m bench.peers

# Needs uv. One file serves Python 3.11 to 3.13; the second may not pin anything differently from the first.
pins:
	uv pip compile --universal --python-version 3.11 --generate-hashes --custom-compile-command "make pins" \
		requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --custom-compile-command "make pins" \
		-c requirements.txt requirements-dev.in -o requirements-dev.txt
