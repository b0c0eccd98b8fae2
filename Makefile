# Every target installs what it needs. Node 20 and npm are enough: the packages bring the Node that everything runs on.
.DEFAULT_GOAL := help
.PHONY: help install demo test e2e check gate cluster-up cluster-down images deploy bench bench-kubernetes clean

INSTALLED := node_modules/.package-lock.json
NPM := npm --loglevel=error
RUN := $(NPM) run --silent

help: ## show this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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

e2e: install ## run the tests that need a Kubernetes with a node: kind, or root and Go
	@$(RUN) e2e

cluster-up: install ## bring up a Kubernetes on this machine: kind, or root and Go
	@$(RUN) cluster -- up

cluster-down: install ## take it down
	@$(RUN) cluster -- down

images: install ## build the images, and put them into that Kubernetes
	@$(RUN) cluster -- images

deploy: images ## install the operator there, with these images
	@$(RUN) cluster -- deploy

check: install ## the gate: format, lint, build, types, tests
	@$(RUN) check

gate: install ## the gate without the tests
	@$(RUN) gate

bench: install ## measure, and compare with what is written down
	@$(RUN) bench

bench-kubernetes: install ## the same on a Kubernetes: kind, or root and Go
	@$(RUN) bench:kubernetes

clean: ## remove what was built
	@$(RUN) clean
	@rm -rf coverage .cache examples/*/out
