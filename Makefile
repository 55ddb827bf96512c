# Every goal sets up by itself the first time: see tools/setup.sh.

SCENE   ?=
QUALITY ?=
JOBS    ?=
FOLDER  ?= scenes
ARGS    ?=
BUDGET  ?= 150

PYTHON := .venv/bin/python
READY  := .venv/.setup-done
DOCS   := .venv/.docs-done
TORCH  := .venv/torch/.setup-done
# Reading the list of scenes needs no set-up: any Python does.
READER  = PYTHONPATH=src $(or $(wildcard $(PYTHON)),python3)
NNVIZ   = -m nnviz

.DEFAULT_GOAL := help
.PHONY: help setup render preview inspect chapter attention test test-quick test-torch mutate conformance lint format train data bench \
        clean docs docs-serve docs-test dist dist-test

help: ## say what there is
	@echo "make render SCENE=...   a scene to a video in media/; without SCENE: the list of scenes"
	@echo "            QUALITY=    l 480p15, m 720p30, h 1080p60 (the default), k 2160p60"
	@echo "            JOBS=       so many processes draw; all processors by default"
	@echo "make preview            all scenes at low quality"
	@echo "make inspect            what a careful viewer would object to in the chapter and the gallery"
	@echo "make chapter            the chapter's scenes as one video, with marks; QUALITY as above"
	@echo "make attention          our own chapter, on attention, likewise"
	@echo "make test               all tests; ARGS=\"-k pixel\" for some"
	@echo "make test-quick         those of engine, pictures and command, without films: a minute"
	@echo "make test-torch         the tests that take PyTorch or Keras, which it installs (large)"
	@echo "make mutate             change the library in BUDGET=150 small ways: does a test see each?"
	@echo "make conformance        the scenes of Manim's documentation, by Manim and by nnviz"
	@echo "make lint               ruff and mypy"
	@echo "make format             let ruff put the code in shape"
	@echo "make docs               the site, in docs/_build/html; docs-serve shows it"
	@echo "make docs-test          look at the site with a browser, run its recipes and its gallery"
	@echo "make dist               wheel and sdist in dist/; dist-test tries them where nothing else is"
	@echo "make train              train the shipped networks again"
	@echo "make data               download the full MNIST, 70,000 images"
	@echo "make bench              the benchmarks"
	@echo "make setup              install what is missing (the others do so themselves)"
	@echo "make clean              remove what was made, except .venv"

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
	@$(PYTHON) $(NNVIZ) preview $(FOLDER) --quality=$(or $(QUALITY),l) $(addprefix --jobs=,$(JOBS))

inspect: $(READY)
	@$(PYTHON) $(NNVIZ) inspect scenes docs/gallery --strict --no-sheets $(addprefix --jobs=,$(JOBS)) $(ARGS)

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
	@$(PYTHON) $(NNVIZ) film scenes/chapter.toml --quality=l
	@$(PYTHON) $(NNVIZ) film scenes/attention/attention.toml --quality=l
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
