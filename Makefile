# `make` alone lists what there is. Everything lives in .venv; nothing else on the machine is changed.

VENV := .venv
PYTHON := $(VENV)/bin/python
UV ?= uv
NPM := PATH="$(CURDIR)/.tools/node/bin:$$PATH" npm --prefix dashboard

.DEFAULT_GOAL := help
.PHONY: help install dashboard schema screenshots up test model faults bench bench-history bench-live compose-test check lint types lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-12s %s\n' "$$name" "$$text"; done

install: $(VENV)/installed dashboard ## set up .venv with locked dependencies and the `callboard` command

dashboard: | $(PYTHON) ## build the dashboard where its sources changed; without Node the API works alone
	@$(PYTHON) dashboard/build.py || true

up: install ## start everything on http://127.0.0.1:8080; Ctrl-C ends it (options: make up ARGS="--port 9000")
	@exec $(VENV)/bin/callboard up $(ARGS)

# Hundreds of processes start in a run; without compiled files each would compile all modules again.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/installed-dev dashboard ## run every test, two processes a core, then what measures time, and tell the coverage
	@$(PYTHON) -m coverage erase
	@$(PYTHON) -m coverage run -m pytest -m "not quiet" -n auto --dist loadscope --no-loadscope-reorder
	@$(PYTHON) -m pytest -m quiet -n 2 --dist loadscope --no-loadscope-reorder $$(grep -rl --include='test_*.py' 'mark\.quiet' tests)
	@find . -maxdepth 1 -name '.coverage.*' -empty -delete # of processes that were killed as they began to write
	@$(PYTHON) -m coverage combine --quiet
	@$(PYTHON) -m coverage report
	@$(PYTHON) -m coverage json --quiet -o - | $(PYTHON) tests/reach.py

model: $(VENV)/installed-dev ## explore the model of an operation at length
	@$(PYTHON) -m pytest tests/model --hypothesis-profile=thorough --timeout=3600

faults: $(VENV)/installed-dev ## break it in every way and count the losses (SEEDS=3 ONLY=F7,F12 OPERATIONS=60 JOBS=1)
	@$(PYTHON) -m faults --seeds $(or $(SEEDS),3) --only "$(ONLY)" --operations $(or $(OPERATIONS),60) --jobs $(or $(JOBS),1)

bench: $(VENV)/installed-dev ## the rate against bare Celery, as a ratio in one run (options: make bench ARGS="--rounds 5")
	@PYTHONPATH=. $(PYTHON) -m benchmarks.rate $(ARGS)

bench-history: $(VENV)/installed-dev ## what an operation costs after 1,000,000, and how long their pages take (options: ARGS="--operations 100000")
	@PYTHONPATH=. $(PYTHON) -m benchmarks.history $(ARGS)

bench-live: $(VENV)/installed-dev dashboard ## how live the dashboard is, in a real Chromium (options: make bench-live ARGS="--operations 100000")
	@PYTHONPATH=. $(PYTHON) -m benchmarks.live $(ARGS)

compose-test: ## run docker-compose.yml for real; needs a container engine
	@sh deploy/compose-test.sh

check: lint types test ## everything that must hold before a change lands

schema: $(VENV)/installed dashboard ## write the dashboard's types anew from the API's own description
	@PYTHONPATH=. $(PYTHON) dashboard/schema.py

screenshots: ## pictures of every page of what `make up` runs, into screenshots/
	@node dashboard/e2e/screenshots.mjs screenshots

lint: $(VENV)/installed-dev dashboard ## style, formatting and import contracts
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(NPM) run --silent lint

types: $(VENV)/installed-dev dashboard ## mypy and tsc, both strict
	@$(PYTHON) -m mypy
	@$(NPM) run --silent types

lock: ## resolve the dependencies of pyproject.toml anew (needs uv)
	$(UV) pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --upgrade -o requirements.lock
	$(UV) pip compile pyproject.toml --extra build --extra dev --constraint requirements.lock --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade -o requirements-dev.lock

clean: ## remove .venv and what tools have cached; the data in .callboard stays
	rm -rf $(VENV) .tools web/static/dashboard dashboard/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage* htmlcov dist

$(PYTHON):
	@python=$$(sh deploy/find-python.sh) && echo "Making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(PYTHON)
	@echo "Installing the locked dependencies"
	@$(PYTHON) deploy/install.py requirements.lock
	@$(PYTHON) -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@echo "Installing what the tests need"
	@$(PYTHON) deploy/install.py requirements-dev.lock
	@touch $@
