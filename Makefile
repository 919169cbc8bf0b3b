# Two commands matter: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash -eu -o pipefail
MAKEFLAGS += --no-print-directory

GO_MODULES := protocol devices simulators cloud edge deploy
VERSION    := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS    := -X main.version=$(VERSION)
WEB        := cloud/web cloud/web/online edge/web/terminal edge/web/proctor
BIN        := bin

export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

.DEFAULT_GOAL := help
.PHONY: help run test check build plant web deps deps-test drill bench acceptance e2e fuzz generate lint verify arch clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

run: deps build ## everything, with demonstration data; Ctrl-C stops all
	@$(BIN)/stack run

test: deps-test build lint ## everything that must hold
	@deploy/packaging/gotest.sh -race $(GO_MODULES)
	@npm test --workspaces --if-present
	@$(MAKE) verify
	@$(MAKE) e2e

check: ## the quick part of test, for every few minutes
	@go vet $(addsuffix /...,$(addprefix ./,$(GO_MODULES)))
	@deploy/packaging/gotest.sh -short $(GO_MODULES)

deps: ; @deploy/packaging/deps.sh build
deps-test: ; @deploy/packaging/deps.sh test

node_modules/.package-lock.json: package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error

web: node_modules/.package-lock.json ## build the pages
	@deploy/packaging/web.sh $(WEB)
	@cp -u node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf cloud/platform/page/font/NotoSansSC.ttf
	@cp -u node_modules/@expo-google-fonts/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf cloud/platform/page/font/NotoSerifSC.ttf
	@cp -u node_modules/@expo-google-fonts/noto-serif-sc/600SemiBold/NotoSerifSC_600SemiBold.ttf cloud/platform/page/font/NotoSerifSC-SemiBold.ttf

build: web ## build every binary into bin/
	@mkdir -p $(BIN)
	@go build -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cloud/cmd/cloud ./edge/cmd/edge ./deploy/cmd/stack ./devices/cmd/vision ./simulators/cmd/simulators

plant: ## build the faulty binaries that prove the drill's checker
	@mkdir -p $(BIN)/plant
	@go build -tags plant -o $(BIN)/plant/ ./cloud/cmd/cloud ./edge/cmd/edge
	@ln -sf ../vision $(BIN)/plant/vision

drill: deps build $(if $(PLANT),plant) ## real processes under faults; last line drill: PASS or FAIL
	@go run ./deploy/drill

bench: deps build ## ours against the yardstick, as ratios; last line bench: PASS or FAIL
	@go run ./deploy/bench

acceptance: deps build ## the 78 modules on the running system; last line acceptance: n/78 pass …
	@go run ./deploy/acceptance

e2e: deps-test build ## browser tests on real binaries
	@cd deploy/e2e && npx playwright test

fuzz: ## every fuzz target for FUZZTIME (20s); last line fuzz: PASS or FAIL
	@deploy/packaging/fuzz.sh $(GO_MODULES)

generate: ## contracts and types out of the code
	@deploy/packaging/generate.sh

lint: ## formatting, vet, linters
	@deploy/packaging/lint.sh $(GO_MODULES)

verify: ## generated files fresh, every module builds alone
	@deploy/packaging/verify.sh $(GO_MODULES)

clean: ## remove what was built; data under .run stays
	@rm -rf $(BIN) $(addsuffix /dist/assets,$(WEB))
