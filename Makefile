# Two commands from a fresh clone: `make demo` and `make test`. No Postgres service, no question asked.
SHELL = /bin/sh
.DEFAULT_GOAL = help
PYTHON ?= python3
PY = .venv/bin/python
MESSAGES = $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
APT = export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends
export PYTHONUTF8 = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

.PHONY: help demo otp manage test soak test-pg15 lint bench messages requirements chromium

help:
	@echo "make demo            the portal on http://localhost:8000 (PORT=8123 picks another port)"
	@echo "make otp USER=name   the second factor of a demo account, now"
	@echo "make manage ARGS=…   one of Django's commands on the demo's database"
	@echo "make test            all tests; make soak: kills, faults and what takes minutes; make test-pg15: on PostgreSQL 15"
	@echo "make lint            style, layers, migrations, production settings"
	@echo "make messages        gathers what public pages say for the English catalogue, and compiles it"
	@echo "make bench           measures; make requirements: writes the lock files anew"

# The stamp is written last: a broken installation is repaired by the next start.
.venv/installed: requirements-dev.txt
	@mkdir -p .local; exec 9>.local/install.lock; ! command -v flock >/dev/null || flock 9; \
	[ ! .venv/installed -nt requirements-dev.txt ] || exit 0; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: install it, or name it, like PYTHON=python3.12 make demo."; exit 1; }; \
	$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv >/dev/null 2>&1 \
		|| { [ "$$(id -u)" = 0 ] && { $(APT) python3-venv; } >/dev/null && $(PYTHON) -m venv --clear .venv; } \
		|| { echo "Python cannot make a virtual environment: install the package python3-venv."; exit 1; }; \
	echo "Installing the locked requirements …"; \
	$(PY) -m pip install -qq --require-hashes -r requirements-dev.txt && touch .venv/installed

# Babel writes what gettext's own compiler would, and comes with the locked requirements.
%.mo: %.po | .venv/installed
	@.venv/bin/pybabel --quiet compile --input-file $< --output-file $@ --locale $(word 2,$(subst /, ,$<))

# What reads codes from the camera where the browser itself cannot: pinned by package-lock.json, kept out of git.
# Nothing depends on it: without npm or network, pages take a picture of the code, and the next start tries again.
READER = static/vendor/zxing/zxing_reader.wasm
$(READER): package-lock.json
	@mkdir -p .local $(@D); exec 9>.local/npm.lock; ! command -v flock >/dev/null || flock 9; \
	[ ! $@ -nt package-lock.json ] || exit 0; \
	command -v npm >/dev/null || { echo "No npm here: some browsers will read codes from pictures only."; exit 0; }; \
	npm ci --silent --fetch-retries=0 --fetch-timeout=30000 \
		&& cp node_modules/zxing-wasm/LICENSE $(@D)/ \
		&& cp node_modules/zxing-wasm/dist/iife/reader/index.js $(@D)/reader.js \
		&& cp node_modules/zxing-wasm/dist/reader/zxing_reader.wasm $@.new && touch $@.new && mv $@.new $@ \
		|| echo "npm could not fetch the camera's reader: some browsers will read codes from pictures only."

demo: .venv/installed $(MESSAGES) $(READER)
	@exec $(PY) -m portal.demo

otp: .venv/installed
ifeq ($(origin USER), command line)
	@exec $(PY) -m portal.demo otp "$(USER)"
else
	@echo "Whose code? Like: make otp USER=canbo"; exit 1
endif

manage: .venv/installed
	@exec $(PY) -m portal.demo manage $(ARGS)

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && { $(APT) chromium chromium-headless-shell; } >/dev/null; } \
		|| { echo "The browser tests need Chromium: install the package chromium."; exit 1; }

test: .venv/installed $(MESSAGES) $(READER) chromium
	$(PY) -m pytest -n 2 --dist loadfile -q -m "not soak"

soak: .venv/installed $(MESSAGES) $(READER) chromium
	$(PY) -m pytest -n 0 -q -m soak

# By hand: no SQL that only the embedded Postgres 18 knows.
test-pg15: .venv/installed $(MESSAGES) $(READER) chromium
	@[ -x /usr/lib/postgresql/15/bin/initdb ] || { [ "$$(id -u)" = 0 ] && { $(APT) postgresql-15; } >/dev/null; } \
		|| { echo "This needs Debian's PostgreSQL 15: install the package postgresql-15."; exit 1; }
	DEVDB_PROGRAMS=/usr/lib/postgresql/15/bin $(PY) -m pytest -n 2 --dist loadfile -q -m "not soak"

# Production's settings with keys of the moment; nothing here asks the database.
lint: .venv/installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 --check {} +
	.venv/bin/lint-imports --no-cache
	@KEY="$$(head -c 32 /dev/urandom | base64)"; unset DEBUG DEMO PLAIN_STATIC; \
	export SECRET_KEY="$$KEY$$KEY" FIELD_KEYS="k1:$$KEY" BLIND_INDEX_KEY="$$KEY" \
		PUBLIC_URL=https://portal.example ALLOWED_HOSTS=portal.example PROXY_COUNT=1 \
		DATABASE_URL="postgres://portal_app@/portal?host=/nowhere"; set -x; \
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run && \
	$(PY) manage.py check --deploy --fail-level WARNING

bench: .venv/installed
	$(PY) -m tests.bench

# After marking words on a public page: then write their English in the .po, and run it once more.
messages: .venv/installed
	@$(PY) -m portal.catalogue

requirements:
	$(PYTHON) -m venv .local/uv && .local/uv/bin/python -m pip install --quiet uv
	.local/uv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
		--output-file requirements.txt pyproject.toml
	.local/uv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
		--extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
