# Everything a developer or CI runs. `make` alone lists the targets.

GO       ?= go
NPM      ?= npm
DATA     ?=
LISTEN   ?= 127.0.0.1:8480
FUZZTIME ?= 20s
DURATION ?= 10m
STORE    ?= sqlite
CHROMIUM ?= /usr/bin/chromium
FIREFOX  ?= /usr/bin/firefox-esr
VERSION  ?= dev
CONTAINER ?= docker
CA_CERTIFICATES ?= /etc/ssl/certs/ca-certificates.crt
SEED     ?= 0
RUNS     ?= 10
STEPS    ?= 60
SHELL    := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Packages that are built for browsers, and those whose tests run in one.
BROWSER_PACKAGES := ./cmd/parley-wasm ./client/wasmsqlite ./client/wsjs
# The race detector watches our code, not SQLite and its C library in translated C, and
# not ciphers: they start no goroutines, and watching them takes most of the time. Packages
# that use sync.Map must not be among them, such as crypto/...: their instance of its code,
# unwatched, may be linked for all. Nothing that it watches has unsafe pointers of ours.
RACE_FLAGS := -gcflags=all=-d=checkptr=0 $(foreach p,crypto/internal/fips140/edwards25519/... crypto/internal/fips140/mlkem crypto/internal/fips140/sha3 crypto/internal/fips140/sha256 modernc.org/sqlite/lib/... modernc.org/libc/... modernc.org/memory github.com/ncruces/go-sqlite3-wasm/... lukechampine.com/... filippo.io/... golang.org/x/crypto/...,-gcflags=$(p)=-race=false)
# Tests whose code other packages run with the race detector, or that start no goroutines:
# here it would only take time. Of mls, what starts goroutines is watched by WATCHED_MLS.
UNWATCHED := ^parley/(mls|mls/interop|internal/sim|internal/scale)$$
WATCHED_MLS := ThousandAccounts|Progress|WorkOfAJoin
# By themselves tests look for a part of what `go vet` looks for, in all dependencies anew for each way of building.
VETTED := -vet=off
LINT := $(GO) tool -modfile=tools/go.mod golangci-lint

##@ Use

.PHONY: run
run: build ## build web app, wasm and binary, and start everything on this machine
	bin/parley serve --listen $(LISTEN) $(if $(DATA),--data $(DATA))

.PHONY: build
build: web ## build bin/parley with the web app inside
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w -X main.version=$(VERSION)' -o bin/parley ./cmd/parley

.PHONY: web
web: web/node_modules/.package-lock.json ## build the web app and the client core for browsers
	cd web && PARLEY_VERSION=$(VERSION) $(NPM) run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: container
container: build ## build a container image, parley:VERSION, with CONTAINER (docker, podman, buildah)
	rm -rf bin/container && mkdir -p bin/container/data
	cp bin/parley bin/container/parley
	cp $(CA_CERTIFICATES) bin/container/ca-certificates.crt
	@# Podman and Buildah leave the health check out of images of their own format.
	BUILDAH_FORMAT=docker $(CONTAINER) build --file deploy/Containerfile --tag parley:$(VERSION) bin/container

##@ Test

.PHONY: test
test: system build ## everything: Go with -race, wasm in a browser, web, end to end in Chromium and Firefox
	@MAKE='$(MAKE)' tools/lanes.sh test-go 'test-wasm test-web size'
	@$(MAKE) --no-print-directory e2e # alone: three browsers at a time use the machine

.PHONY: system
system: ## install what the tests need from Debian, if it is missing
	@tools/system.sh $(CHROMIUM) $(FIREFOX)

.PHONY: test-go
test-go: mls/interop/node_modules/.package-lock.json ## Go tests with the race detector, and vet for the browser too
	$(GO) vet ./...
	GOOS=js GOARCH=wasm $(GO) vet -tags mls_x25519 $(BROWSER_PACKAGES)
	cd tools && $(GO) vet ./...
	cd mls/bench && $(GO) vet ./...
	GOFLAGS="$(RACE_FLAGS)" $(GO) test -race $(VETTED) -count=1 -shuffle=on -parallel 6 -timeout 30m $$($(GO) list ./... | grep -vE '$(UNWATCHED)')
	GOFLAGS="$(RACE_FLAGS)" $(GO) test -race $(VETTED) -count=1 -run '$(WATCHED_MLS)' ./mls
	$(GO) test $(VETTED) -count=1 -shuffle=on -parallel 6 -timeout 30m $$($(GO) list ./... | grep -E '$(UNWATCHED)')
	$(GO) test -count=1 -tags mls_x25519 ./mls/... ./client/linking
	@$(GO) test -count=1 -v -run '^TestExclusions$$' ./mls/interop | sed -n 's/.*NOT COVERED/NOT COVERED/p'

.PHONY: interop
interop: mls/interop/node_modules/.package-lock.json ## MLS with other implementations, alive, and what that does not cover
	$(GO) test -count=1 -v ./mls/interop

mls/interop/node_modules/.package-lock.json: mls/interop/package-lock.json
	cd mls/interop && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test-wasm
test-wasm: web/node_modules/.package-lock.json ## Go tests of the browser packages in Chromium
	node web/test/gowasm.mjs --runs 2 ./client/wasmsqlite
	node web/test/gowasm.mjs --quota 20000000 ./client/wasmsqlite -- -test.run Quota
	node web/test/gowasm.mjs --sealed ./client/wasmsqlite
	node web/test/gowasm.mjs --runs 12 --kill ./client/wasmsqlite -- -test.run WorkersEnd
	node web/test/gowasm.mjs ./client/wsjs ./mls/internal/basehpke
	node web/test/gowasm.mjs --slim ./cmd/parley-wasm
	node web/test/core.mjs

.PHONY: test-web
test-web: web/node_modules/.package-lock.json ## types, unit tests and accessibility of the web app
	cd web && $(NPM) run --silent check && $(NPM) test --silent && $(NPM) run --silent test:ui

.PHONY: size
size: ## what a first visit downloads, against its limit
	node web/test/size.mjs

.PHONY: e2e
e2e: ## the whole product in Chromium, with command-line devices beside
	cd web && $(NPM) run --silent e2e

.PHONY: screenshots
screenshots: build ## pictures of the main screens, made from the real app, in docs/images/screens
	cd web && node --test e2e/screenshots.mjs

.PHONY: sim sim-groups
sim: HISTORIES := TestRandomHistories
sim-groups: HISTORIES := TestRandomGroupHistories
sim sim-groups: ## RUNS random histories of accounts, or of groups, on a virtual clock, from SEED on
	@mkdir -p bin && $(GO) test -c -o bin/sim.test ./internal/sim
	@cd internal/sim && ../../bin/sim.test -test.run '^$(HISTORIES)$$' -test.timeout 0 \
		-sim.sum -sim.seed $(SEED) -sim.runs $(RUNS) -sim.groupruns $(RUNS) -sim.steps $(STEPS) $(SIMFLAGS)

.PHONY: torture
torture: ## try for DURATION to make a relay on STORE lose what it has acknowledged
	$(GO) test -count=1 -v -timeout 0 ./test/torture -torture.duration $(DURATION) -torture.store $(STORE)

.PHONY: fuzz
fuzz: ## fuzz every decoder for FUZZTIME each
	@tools/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: build ## speed and memory: MLS, store, and a relay under load
	$(GO) test -run '^$$' -bench . -benchmem ./mls/... ./internal/relay/... ./internal/store/...
	bin/parley bench relay

bin/historydata: $(wildcard test/historydata/*.go)
	$(GO) build -o $@ ./test/historydata

.PHONY: bench-peers
bench-peers: build ## the same job for Parley and for other servers, which it installs from Debian
	$(GO) run ./test/peers -install

.PHONY: bench-history
bench-history: build bin/historydata ## speed and memory of history: 20,000 messages in Chromium, 100,000 with the command line
	node web/test/history.mjs

.PHONY: bench-app
bench-app: build bin/historydata ## searching as one types and scrolling, with 100,000 messages in Chromium
	node web/test/app.mjs

bin/groupdata: $(wildcard test/groupdata/*.go internal/store/sqlite/migrations/*.sql)
	$(GO) build -o $@ ./test/groupdata

.PHONY: bench-groups
bench-groups: build bin/groupdata ## speed and memory of a group of 1,000 accounts, in Chromium and with the command line
	node web/test/groups.mjs

.PHONY: bench-media
bench-media: build ## 2 GiB from one Chromium to another: time and memory
	node web/test/media.mjs

.PHONY: bench-mls
bench-mls: web/node_modules/.package-lock.json ## speed of MLS beside another library, and in Chromium
	@echo 'In Chromium, by CPU time; goals: Decrypt/n=2 at least 1,500 op/cpu-s, ExternalJoin/n=1000 at most 1,500,000,000 cpu-ns/op'
	node web/test/gowasm.mjs ./mls -- -test.run '^$$' -test.bench 'Encrypt/n=2$$|Decrypt/n=2$$|ExternalJoin/n=1000$$' -test.count 3
	@echo 'On this machine, CPU time'
	cd mls/bench && $(GO) run .

##@ Keep

.PHONY: fmt
fmt: ## format the Go code
	$(LINT) fmt

.PHONY: lint
lint: ## the layers and habits of .golangci.yml
	$(LINT) run ./...

.PHONY: generate
generate: ## make the protocol codecs and the TypeScript types from their sources
	$(GO) generate ./...

.PHONY: verify
verify: generate ## fail if the committed files are not what the generators make
	git diff --exit-code

.PHONY: cross
cross: ## build for every system we ship
	@for target in linux/amd64 linux/arm64 windows/amd64 darwin/arm64; do \
		echo $$target; GOOS=$${target%/*} GOARCH=$${target#*/} CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/parley; done

.PHONY: check
check: lint verify cross test ## what must hold before a change is taken

.PHONY: clean
clean: ## remove what was built
	rm -rf bin web/dist/* web/build

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
