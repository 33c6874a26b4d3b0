# Everything runs in the venv that run.py makes; nothing here needs one to be active.

PYTHON = $(or $(shell python3 run.py --venv),$(error run.py could not make the venv))

.PHONY: help check test bench snapshots pictures weights wheel lock clean

help:  ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

check:  ## Format, lint, types and floor plan, as CI checks them
	bash .ci/check

test:  ## All tests; ARGS="-k words -x" go to pytest
	python3 run.py test $(ARGS)

bench:  ## Measure; one JSON line for each figure
	$(PYTHON) -m tests.bench $(ARGS)

snapshots:  ## Write golden exports and stories of screens anew; read the diff before committing
	ENFOLD_GOLDEN=1 python3 run.py test tests/transcripts -k export $(ARGS)
	ENFOLD_GOLDEN=1 python3 run.py test tests/tui/test_stories.py $(ARGS)
	git diff --stat -- tests/golden tests/tui/__snapshots__

pictures:  ## Draw docs/*.png anew from the app (needs DejaVu Sans Mono)
	$(PYTHON) -m tests.seen

CORPUS = ../shared/data/corpus/mix.tar.xz
# Outside the tree, so that `clean` cannot take hours of work.
WEIGHTS = ../enfold-weights

weights:  ## Train the shipped weights from CORPUS into WEIGHTS (hours; goes on where it was)
	$(PYTHON) -m tui train recipe $(CORPUS) -o $(WEIGHTS) $(ARGS)

wheel:  ## Build dist/enfold-….whl
	rm -rf build  # setuptools would ship what lies there from an older tree
	$(PYTHON) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock:  ## Bring lock/*.txt up to pyproject.toml (needs uv); UPGRADE=1 takes newest versions
	python3 lock/relock.py $(if $(UPGRADE),--upgrade)

clean:  ## Remove the venv and all that was built or cached
	rm -rf .venv .venv.* build dist *.egg-info
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find agents harness memory transcripts tui tests lock -name __pycache__ -exec rm -rf {} +
