# Every goal sets up by itself the first time: see tools/setup.sh.

SCENE   ?=
QUALITY ?=
JOBS    ?=
FOLDER  ?= scenes
WHAT    ?= scenes docs/gallery
INSPECT ?=
RENDERED ?=
ARGS    ?=
BUDGET  ?= 150

PYTHON := .venv/bin/python
READY  := .venv/.setup-done
DOCS   := .venv/.docs-done
TORCH  := .venv/torch/.setup-done
# Reading the list of scenes needs no set-up: any Python does.
READER  = PYTHONPATH=src $(or $(wildcard $(PYTHON)),python3)
NNVIZ   = -m nnviz
# Compiling all tests and the library again for every process takes longer than some tests.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup render preview inspect chapter attention test test-quick test-all test-torch \
        mutate conformance lint format train data bench clean docs docs-serve docs-test dist dist-test

help: ## list the commands
	@echo "make render SCENE=...   Render a scene to a video in media/; without SCENE, list the scenes"
	@echo "            QUALITY=    l 480p15, m 720p30, h 1080p60 (default), k 2160p60"
	@echo "            JOBS=       Number of processes (default: all processors)"
	@echo "make preview            Render all scenes at low quality; INSPECT=1 also inspects each in its run"
	@echo "make inspect            Report overlaps, cuts and small texts in the chapter and the gallery,"
	@echo "            WHAT=       or in some of them: WHAT=docs/gallery"
	@echo "make chapter            Join the chapter's scenes to one video; takes QUALITY and JOBS"
	@echo "make attention          Join the scenes of the chapter on attention to one video, likewise"
	@echo "make test               Run the tests, or some: ARGS=\"-k pixel\""
	@echo "make test-quick         Run the quick tests of engine, pictures and command: a minute"
	@echo "make test-all           Run all tests, and those of many cases with every one of them"
	@echo "make test-torch         Install PyTorch and Keras (large) and run their tests"
	@echo "make mutate             Make BUDGET=150 small changes to the library; the tests should notice each"
	@echo "make conformance        Compare Manim and nnviz on the scenes of Manim's documentation"
	@echo "make lint               Run ruff and mypy"
	@echo "make format             Format the code with ruff"
	@echo "make docs               Build the site in docs/_build/html; docs-serve also serves it"
	@echo "            RENDERED=1  Take the videos of make preview as they are, and run no scene again"
	@echo "make docs-test          Test the site in a browser, and run its recipes and its gallery"
	@echo "make dist               Build wheel and sdist in dist/; dist-test tests them in a clean environment"
	@echo "make train              Train the shipped networks again"
	@echo "make data               Download the full MNIST, 70,000 images"
	@echo "make bench              Run the benchmarks"
	@echo "make setup              Install what is missing (other commands do so themselves)"
	@echo "make clean              Remove all build products, except .venv"

setup: $(READY)

$(READY): pyproject.toml tools/setup.sh
	@tools/setup.sh $@

render:
ifeq ($(strip $(SCENE)),)
	@$(READER) $(NNVIZ) list $(FOLDER)
	@echo
	@echo "Render one of them with: make render SCENE=..."
else
	@$(READER) $(NNVIZ) find '$(SCENE)' $(FOLDER) >/dev/null
	@$(MAKE) --no-print-directory $(READY)
	@$(PYTHON) $(NNVIZ) render '$(SCENE)' $(FOLDER) $(addprefix --quality=,$(QUALITY)) $(addprefix --jobs=,$(JOBS))
endif

preview: $(READY)
	@$(PYTHON) $(NNVIZ) preview $(FOLDER) --quality=$(or $(QUALITY),l) $(addprefix --jobs=,$(JOBS)) $(if $(INSPECT),--inspect --strict)

inspect: $(READY)
	@$(PYTHON) $(NNVIZ) inspect $(WHAT) --strict --no-sheets $(addprefix --jobs=,$(JOBS)) $(ARGS)

chapter: $(READY)
	@$(PYTHON) $(NNVIZ) film scenes/chapter.toml $(addprefix --quality=,$(QUALITY)) $(addprefix --jobs=,$(JOBS))

attention: $(READY)
	@$(PYTHON) $(NNVIZ) film scenes/attention/attention.toml $(addprefix --quality=,$(QUALITY)) $(addprefix --jobs=,$(JOBS))

test: $(READY)
	@$(PYTHON) -m pytest -n auto --dist worksteal --ignore=tests/docs $(ARGS)

# What is not marked slow of the folders whose tests draw no films.
QUICK = $(addprefix tests/,network mnist texts interop mobjects drawing camera characters cli)

test-quick: $(READY)
	@$(PYTHON) -m pytest -n auto --dist worksteal -m "not slow" $(QUICK) $(ARGS)

test-all: $(READY)
	@$(PYTHON) -m pytest -n auto --dist worksteal --ignore=tests/docs --all $(ARGS)

$(TORCH): $(READY) tools/setup_torch.sh
	@tools/setup_torch.sh $@

test-torch: $(TORCH)
	@.venv/torch/bin/python -m pytest -n auto --dist worksteal tests/network tests/interop tests/project tests/docs -k "torch or keras" $(ARGS)

mutate: $(READY)
	@$(PYTHON) tools/mutate.py --budget $(BUDGET) $(ARGS)

conformance: $(READY)
	@$(PYTHON) tools/conformance.py --write docs/conformance.md $(ARGS)

lint: $(READY)
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

format: $(READY)
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

$(DOCS): $(READY) tools/setup_docs.sh
	@tools/setup_docs.sh $@

docs: $(DOCS)
	@$(PYTHON) $(NNVIZ) film scenes/chapter.toml --quality=l $(if $(RENDERED),--no-render)
	@$(PYTHON) $(NNVIZ) film scenes/attention/attention.toml --quality=l $(if $(RENDERED),--no-render)
	@$(PYTHON) -m sphinx -q -W --keep-going -b html -d docs/_build/doctrees docs docs/_build/html
	@echo "The site is in docs/_build/html."

docs-serve: docs
	@$(PYTHON) -m http.server --bind localhost --directory docs/_build/html $(or $(PORT),8000)

docs-test: docs
	@browser=$$(tools/find_browser.sh) && NNVIZ_BROWSER=$$browser \
		$(PYTHON) -m pytest tests/site $(ARGS)
	@$(PYTHON) -m pytest -n auto --dist worksteal tests/docs $(ARGS)

dist: $(READY)
	@tools/check_package.sh build

dist-test: dist
	@tools/check_package.sh try

train: $(READY)
	@$(PYTHON) tools/train.py $(ARGS)

data: $(READY)
	@$(PYTHON) -m nnviz.mnist $(ARGS)

bench: $(READY)
	@status=0; for file in benchmarks/*.py; do \
		echo "== $$file"; $(PYTHON) $$file || status=1; \
	done; exit $$status

clean:
	rm -rf media build dist docs/_build docs/gallery/made docs/reference/made .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src scenes tests tools benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +
