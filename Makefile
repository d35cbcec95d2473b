# Two commands from a bare checkout: `make run` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RESULTS := out/demo
LABELS := resources/demo/first_frame.png
CLIP := resources/demo/demo.mp4

.PHONY: run test lint window headless system-libraries clean

# The main job on the demo clip: in the window where there is a display, headless where there is none.
run: $(VENV)/.installed
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
		$(MAKE) --no-print-directory window; \
	else \
		$(MAKE) --no-print-directory headless; \
	fi

window: $(VENV)/.installed system-libraries
	$(BIN)/python main.py $(CLIP)

headless: $(VENV)/.installed
	@echo "There is no display here, so the demo's first frame is carried through the clip headless."
	$(BIN)/python main.py propagate $(CLIP) --labels $(LABELS) --out $(RESULTS)
	$(BIN)/python main.py score masks resources/demo/masks $(RESULTS)
	@echo "The masks, one PNG a frame, lie in $(RESULTS)."

test: $(VENV)/.installed-test system-libraries lint
	@# Two tests at a time: torch's threads would only wait for one another.
	OMP_NUM_THREADS=1 QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Qt's wheels need a few libraries of the system: say which are missing before Qt stops without a word.
system-libraries: $(VENV)/.installed
	@$(BIN)/python -m app.tasks.system_libraries

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Throughline needs Python 3.11 or newer: set PYTHON=... to one.") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	@# It asks for an OpenCV of another name, which would be installed over ours; its readers need none.
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps trackeval
	@# Apart from all else, because it brings a package that is called tests.
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps --upgrade --target $(VENV)/readers sleap-io
	@touch $@

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis
