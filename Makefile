# Every target installs what it needs. Node 20 and npm are enough: the packages bring the Node that everything runs on.
.DEFAULT_GOAL := help
.PHONY: help install demo test check gate bench clean

INSTALLED := node_modules/.package-lock.json
NPM := npm --loglevel=error
RUN := $(NPM) run --silent

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED)

$(INSTALLED): package-lock.json
	@command -v npm >/dev/null || { echo 'Taskloom needs Node 20 or newer, with npm: https://nodejs.org/en/download' >&2; exit 1; }
	@node protocol/node-version.cjs 20
	@echo 'Installing packages ...' >&2
	@$(NPM) ci --no-audit --no-fund && touch $@

demo: install ## score models on real data in parallel, and say how much faster that was
	@$(RUN) build && $(RUN) demo

test: install ## run all tests
	@$(RUN) test

check: install ## the gate: format, lint, build, types, tests
	@$(RUN) check

gate: install ## the gate without the tests
	@$(RUN) gate

bench: install ## measure, and compare with what is written down
	@$(RUN) bench

clean: ## remove what was built
	@$(RUN) clean
	@rm -rf coverage .cache examples/*/out
