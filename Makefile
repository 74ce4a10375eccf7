# Everything a developer or CI runs. `make` alone lists the targets.

GO        ?= go
DATA      ?=
LISTEN    ?= 127.0.0.1:8480
FUZZTIME  ?= 20s
SHELL     := bash
.SHELLFLAGS := -eu -o pipefail -c

LDFLAGS   := -s -w
WASM      := web/public/parley.wasm

.DEFAULT_GOAL := help

##@ Use

.PHONY: run
run: build ## build web app, wasm and binary, and start everything on this machine
	bin/parley serve --listen $(LISTEN) $(if $(DATA),--data $(DATA))

.PHONY: build
build: web ## build bin/parley with the web app inside
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='$(LDFLAGS)' -o bin/parley ./cmd/parley

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Test

.PHONY: test
test: tools/system web test-go test-wasm test-web size e2e ## run everything: Go with -race, wasm in a browser, web, end to end in Chromium

.PHONY: test-go
test-go: ## run the Go tests with the race detector
	$(GO) vet ./...
	GOOS=js GOARCH=wasm $(GO) vet ./cmd/parley-wasm ./client/wasmsqlite ./client/wsjs
	$(GO) test -race -shuffle=on ./...
