# Every target says what it does: `make help`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

GOFILES  := $(shell git ls-files '*.go' go.mod go.sum '*.lua' '*.yaml' 2>/dev/null)
LINT     := go tool -modfile=$(CURDIR)/tools/lint/go.mod golangci-lint
BUF      := go tool -modfile=$(CURDIR)/tools/buf/go.mod buf
TESTARGS ?=
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -X main.version=$(VERSION)
SERVE    := bin/callward serve --test-numbers --demo-agent

# With these tags only speechd needs C: callward and callgen are plain Go, linked
# statically, and still share what is compiled with lint and speechd.
override export GOFLAGS := $(shell go env GOFLAGS 2>/dev/null) -tags=netgo,osusergo
override export CGO_ENABLED := 1

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup setup-test
setup:
	@deploy/setup.sh run
setup-test:
	@deploy/setup.sh test

.PHONY: build
build: setup web ## build bin/callward, bin/callgen and bin/speechd
	@mkdir -p bin
	@go build -o bin/speechd ./cmd/speechd
	@go build -ldflags '$(LDFLAGS)' -o bin/callgen ./cmd/callgen
	@$(MAKE) tts/prompts/audio/.made
	@go build -ldflags '$(LDFLAGS)' -o bin/callward ./cmd/callward

# The pages are bundled anew only when their sources have changed. Without npm the server
# is built even so, and shows how to get them.
PAGES    := console/pages/dist/index.html.gz
WEBFILES := $(shell git ls-files console/web 2>/dev/null)
.PHONY: web
web: ## check and bundle the pages of the console (console/web), to be built into bin/callward
	@if command -v npm >/dev/null; then $(MAKE) $(PAGES); \
	  else echo "no npm: the console's pages are left out (install nodejs and npm, then make build)"; fi

console/web/node_modules/.package-lock.json: console/web/package-lock.json
	@cd console/web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGES): console/web/node_modules/.package-lock.json $(WEBFILES)
	@cd console/web && npm run --silent check && npm run --silent test && npm run --silent build

# At a terminal the server is a job of its own: Ctrl-C is for it alone, and make sees
# it drain and end well. Elsewhere it takes the place of the shell that make signals.
.PHONY: run
run: build ## install, build and start the whole line (ARGS='--help' passes flags on)
	@[ -t 0 ] && [ -t 2 ] || exec $(SERVE) $(ARGS); set -m; $(SERVE) $(ARGS); :

# What assistants' examples teach is learnt by one goroutine, which the race detector makes
# ten times slower and tells nothing of: those tests do without it, but for that of a
# classifier that is shared. What the rehearsal learns is kept, and the others take it.
LEARNING := ./assistants ./router/intent

.PHONY: test
test: setup-test build ## run every test, with the race detector
	@bin/callward rehearse assistants/rehearsals/*.yaml >/dev/null
	@go test -vet=off -shuffle=on $(TESTARGS) $(LEARNING)
	@go test -race -vet=off -shuffle=on -p $$(nproc) -timeout 15m $(TESTARGS) $$(go list ./... | grep -vE '/(internal/e2e|assistants|router/intent)$$')
	@go test -race -vet=off -run Shared $(TESTARGS) ./router/intent
	@go test -race -vet=off -timeout 25m $(TESTARGS) ./internal/e2e

.PHONY: test-slow
test-slow: setup-test build ## soaks, long calls and long fuzzing (FUZZTIME=1m for each target)
	@CALLWARD_SLOW=1 go test -vet=off $(TESTARGS) ./router/intent
	@CALLWARD_SLOW=1 go test -vet=off -timeout 60m -run 'Story|Histories' ./router/queue
	@go test -vet=off -timeout 20m ./redact -rapid.checks=100000
	@CALLWARD_SLOW=1 go test -race -vet=off -timeout 20m -run '^TestNoInterleaving' ./sip
	@CALLWARD_SLOW=1 go test -vet=off -timeout 10m -run 'Interrupted|ABusyAgentGives' ./call
	@CALLWARD_SLOW=1 go test -vet=off -timeout 10m -run '^TestAHostileMessage' ./sip
	@CALLWARD_SLOW=1 go test -vet=off -timeout 20m -run '^TestRandomRequestsLeakNothing' ./console
	@CALLWARD_SLOW=1 go test -vet=off -timeout 10m -run 'Transfer|Network|Outside|Asks' ./internal/app
	@CALLWARD_SLOW=1 go test -vet=off -timeout 10m -run '^TestSlow' -p 1 $(TESTARGS) ./examples ./cmd/speechd
	@CALLWARD_SLOW=1 go test -vet=off -timeout 80m -run '^TestSlow' $(TESTARGS) ./internal/e2e
	@deploy/fuzz.sh

.PHONY: bench-turns
bench-turns: setup-test build ## callers interrupt the bot, nod, cough and echo: who is misheard, and how fast; and who is cut off (TURNS=25 of each, in both languages)
	@CALLWARD_TURNS=$${TURNS:-25} go test -vet=off -count=1 -v -timeout 60m -run 'AnswersComeSoon' -parallel 1 ./internal/e2e | grep -E 'answers_test|^(---|ok|FAIL)'
	@CALLWARD_TURNS=$${TURNS:-25} go test -vet=off -count=1 -v -timeout 60m -run 'CallersInterrupt|TheEndOfATurn' ./internal/e2e | grep -E '(turns|endpoint)_test|^(---|ok|FAIL)'

# Nothing else should run meanwhile. About five minutes for each of six faults, and twenty for each of two of synthesizers.
.PHONY: bench-failover
bench-failover: setup-test build ## speech engines fail under calls: what of the callers' sound is lost, and how long they hear nothing (FAULTS=50 of each kind, CALLS=50)
	@CALLWARD_FAILOVER=$${FAULTS:-50} CALLWARD_FAILOVER_CALLS=$${CALLS:-50} go test -vet=off -count=1 -v -timeout 120m \
		-run 'ThatARecognizerFails|WhomNobodyHears|TheSameDigits|ASynthesizerFails' ./internal/e2e | grep --line-buffered -vE '^(===|PASS)'

.PHONY: bench-vad
bench-vad: setup-test ## how much speech is missed and what else is taken for it, on speakers it was not tuned on, beside others
	@CALLWARD_VAD_SCENES=$${SCENES:-10} go test -vet=off -count=1 -v -run '^TestFigures$$' ./media/vad | grep -vE '^(===|PASS)'

.PHONY: bench-requests
bench-requests: setup-test build ## 40 spoken requests in each language, over real calls, with and without grammars and hints: is the intent right, and the value that was given
	@CALLWARD_SLOW=1 go test -vet=off -count=1 -v -timeout 30m -run '^TestSlowAll.*Requests' ./internal/e2e | grep -vE '^(===|PASS)'

.PHONY: bench-heard
bench-heard: setup-test ## the same requests heard by the recognizer alone, examples of the assistant that were held back, and dictated digits (NUMBERS=8 of each length): words, intents, numbers right
	@CALLWARD_HEARD=$${NUMBERS:-8} go test -vet=off -count=1 -v -timeout 60m -run '^Test(Digit)?Figures$$' ./internal/speechd/recog | grep -vE '^(===|PASS)'

.PHONY: bench-intent
bench-intent: setup-test ## what the classifier understands of public sets, and how fast; ten minutes (SPLITS=3)
	@CALLWARD_INTENT=$${SPLITS:-3} go test -vet=off -count=1 -v -timeout 60m -run '^TestFigures$$' ./internal/appraise | grep -vE '^(===|PASS)'
	@go test -vet=off -count=1 -v -run '^TestToUnderstandTheFiveHundredthTurn' ./router/intent | grep -vE '^(===|PASS)'

.PHONY: check
check: setup-test lint proto-check ## what must be clean before a change lands
	@deploy/govulncheck.sh

.PHONY: lint
lint: setup-test ## golangci-lint (gofumpt and vet are in it), shellcheck, no C where none may be
	@$(LINT) run ./...
	@withc=$$(go list -deps -f '{{if .CgoFiles}}{{.ImportPath}}{{end}}' ./cmd/callward ./cmd/callgen); \
	  [ -z "$$withc" ] || { echo "callward and callgen must do without C: $$withc" >&2; exit 1; }
	@shellcheck deploy/*.sh .ci/run

.PHONY: proto
proto: ## make the Go code of the gRPC contracts anew
	@cd proto && $(BUF) generate

.PHONY: reference
reference: ## write docs/reference.md from the comments of the contracts
	@cd proto && $(BUF) build -o - | go run ../internal/reference >../docs/reference.md

# v1 is frozen: what proto/released.binpb holds stays as it is on the wire and in JSON. An
# image that a release adds to replaces it; comments are not in it.
RELEASED := proto/released.binpb
.PHONY: proto-release
proto-release: proto-check ## freeze what was added to the contracts, at a release
	@cd proto && $(BUF) build --path callward --exclude-source-info -o ../$(RELEASED)

# The second half sees that the first would notice: without that field it must fail.
.PHONY: proto-frozen
proto-frozen: ## see that nothing of the frozen contracts was changed or removed
	@cd proto && $(BUF) breaking --against ../$(RELEASED)
	@copy=$$(mktemp -d); trap 'rm -rf "$$copy"' EXIT; cp -r proto "$$copy/"; \
	  sed -i '/bool discontinuity = 3;/d' "$$copy/proto/callward/asr/v1/asr.proto"; \
	  said=$$(cd proto && $(BUF) breaking "$$copy/proto" --against released.binpb 2>&1) && \
	    { echo "proto: a removed field is not noticed" >&2; exit 1; }; \
	  grep -q 'discontinuity' <<<"$$said" || { echo "proto: buf breaking does not run: $$said" >&2; exit 1; }

.PHONY: proto-check
proto-check: proto-frozen ## lint the contracts, see that they keep to what is frozen, and that the committed code is what they generate
	@cd proto && $(BUF) lint
	@out=$$(mktemp -d); trap 'rm -rf "$$out"' EXIT; \
	  (cd proto && $(BUF) generate -o "$$out"); \
	  diff -r "$$out/callward" proto/callward --exclude='*.proto' && diff -r "$$out/vendors" proto/vendors --exclude='*.proto' \
	  || { echo "proto: generated code is stale: run 'make proto' and commit" >&2; exit 1; }; \
	  (cd proto && $(BUF) build -o - | go run ../internal/reference) >"$$out/reference.md"; \
	  diff "$$out/reference.md" docs/reference.md \
	  || { echo "proto: docs/reference.md is stale: run 'make reference' and commit" >&2; exit 1; }

.PHONY: demo
demo: build ## start the line and place the showcase call; exit 0 only if all of it was observed
	@exec bin/callgen demo --callward bin/callward

.PHONY: bench
bench: build ## CPU per call, pacing and allocations, beside a raw UDP reflector in the same run
	@go test -run '^$$' -bench . -skip BenchmarkCalls -benchtime 0.5s ./redact ./media/... ./router/intent
	@exec bin/callgen bench --callward bin/callward --speechd bin/speechd

.PHONY: bench-queue
bench-queue: setup-test ## what the queue costs on one Redis, and how far the announced waits are off over simulated days (DAYS=5)
	@go test -run '^$$' -bench . -benchtime 2s ./router/queue | grep -v '^Benchmark.* [0-9.]* ns/op$$'
	@CALLWARD_DAYS=$${DAYS:-5} go test -vet=off -count=1 -v -timeout 30m -run '^TestTheExpectedWait' ./router/queue | grep -E 'day_test|^(---|ok|FAIL)'

.PHONY: bench-board
bench-board: setup-test ## how late the wallboard is, and what it takes of a core, at 500 calls, 200 agents and 10 readers (BOARD=30 seconds)
	@CALLWARD_BOARD=$${BOARD:-30} go test -vet=off -count=1 -v -run '^TestTheBoardKeepsUp' ./console | grep -E 'boardload_test|^(---|ok|FAIL)'

# Nothing else should run meanwhile. About four minutes.
.PHONY: bench-ear
bench-ear: setup-test build ## how long a tone takes from a browser to a phone and back, Opus and G.711, agents and callers; and whether first words are whole
	@CALLWARD_SLOW=1 go test -vet=off -count=1 -v -timeout 15m -run 'HearEachOtherSoon' ./internal/e2e | grep -E 'mouthtoear_test|^(---|ok|FAIL)'

.PHONY: chaos
chaos: setup-test build ## 3 nodes, 200 callers, 40 agents; kill -9 of a node every 20 s, then of a Redis behind Sentinels and in a Cluster: nobody lost or doubled
	@CALLWARD_CHAOS=1 go test -vet=off -count=1 -v -timeout 15m -run '^TestChaosOf' ./internal/e2e | grep --line-buffered -E 'chaos|^(---|ok|FAIL)'

.PHONY: bench-redact
bench-redact: ## what leaks of the numbers of our own corpus of conversations, what else is masked, how late, how fast, and what others leak (CASES=2000 of each language; BESIDE=COMMAND, which takes a text a line)
	@CASES=$${CASES:-2000} go test ./redact -run 'NoNumberOfTheCorpusLeaks|CanReadTheCorpus|OthersBesideUs' -v -timeout 20m | grep -v ' lost "\| only [0-9]* digits of '
	@go test ./redact -run '^$$' -bench Corpus -benchtime 1s

.PHONY: bench-media
bench-media: build ## CPU, memory and pacing of 100 to 1,000 calls that play, echo and have a bot, plain and with SRTP; 15 minutes (ARGS='--quick')
	@exec bin/callgen bench media --callward bin/callward $(ARGS)

# What the bundled assistant says when no engine answers, to be built into bin/callward.
tts/prompts/audio/.made: assistants/energy.yaml
	@bin/callgen prompts --out tts/prompts/audio >/dev/null
	@touch $@

.PHONY: screenshots
screenshots: web ## draw every page in both languages and themes into screenshots/, to be looked at
	@CALLWARD_SCREENSHOTS=$(CURDIR)/screenshots go test -vet=off -count=1 -run "^TestScreenshots$$" ./console/pages

.PHONY: clean
clean: ## remove what was built
	@rm -rf bin
