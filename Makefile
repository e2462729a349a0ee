# Bến Đò. What a newcomer needs: make demo, make test. Everything else is in HACKING.md.
#
# No recipe asks for root; `setup` uses it when it is there. The headless programs are built without
# cgo, so that only the kiosk's window needs GTK.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

# Programs, tests and linters compile with the same settings, so that every package is compiled once and
# not once for each of them. Only what needs GTK, and the race detector, asks for cgo; vet, which every test
# runs, reads cgo's files by the path they were made at, so that there -trimpath would name another checkout's.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath $(GOFLAGS)

GO      ?= go
GOBUILD := $(GO) build -buildvcs=false
# The link id is left out so that two builds of one tree are the same bytes.
LDFLAGS := -s -w -buildid=
WINDOW_TAGS := desktop,production,webkit2_41
# Asked when a recipe runs, not when make starts: setup may have installed them in between.
HAVE_GTK  := pkg-config --exists webkit2gtk-4.1 gtk+-3.0 2>/dev/null
HAVE_XVFB := command -v Xvfb >/dev/null

# What a test run may take; a hanging test names itself before CI gives up.
TEST_TIMEOUT  ?= 15m
SMOKE_TIMEOUT ?= 10m
WINDOW_SMOKE  ?= CGO_ENABLED=1 GOFLAGS= $(GO) test -count=1 -timeout $(TEST_TIMEOUT) -tags windowsmoke ./kiosk/shell/...
FUZZTIME      ?= 20s
BENCHTIME     ?= 2s

SCREENS := frontend/dist/kiosk.html
SCREEN_SOURCES := $(shell find frontend/src frontend/public -type f 2>/dev/null) \
	$(wildcard frontend/*.html frontend/*.json frontend/*.ts)
PROGRAMS := portal agent kiosk
RELEASES ?= linux/amd64 linux/arm64 windows/amd64

.NOTPARALLEL:
.PHONY: setup build screens programs window voice demo run test unit e2e window-smoke lint fmt fuzz bench bench-micro bench-road \
	torture-smoke torture race screenshots release clean

setup:
	@build/setup.sh

# --- build ---------------------------------------------------------------------------------------

build: screens programs window voice

screens: $(SCREENS)

$(SCREENS): $(SCREEN_SOURCES)
	@build/setup.sh --frontend
	cd frontend && npm run --silent build
	@touch $@

programs: screens
	@mkdir -p bin
	$(GOBUILD) -ldflags "$(LDFLAGS)" -o bin/ $(foreach p,$(PROGRAMS),./$(p)/cmd/$(p)) ./internal/demo/cmd/demo

# The window is built where GTK is; elsewhere the programs serve a browser.
window: screens
	@mkdir -p bin
	@if $(HAVE_GTK); then \
		echo "building bin/kiosk-window"; \
		CGO_ENABLED=1 $(GOBUILD) -tags $(WINDOW_TAGS) -ldflags "$(LDFLAGS)" -o bin/kiosk-window ./kiosk/cmd/kiosk; \
	else \
		echo "no GTK and WebKit here: bin/kiosk-window is left out, bin/kiosk serve shows the desk in a browser" >&2; \
	fi

# Spoken sentences beside the programs; only what changed, and none where nobody can speak.
voice: programs
	@build/voice.sh bin/voice

# --- see it --------------------------------------------------------------------------------------

demo: setup build
	bin/demo

run: setup build
	bin/demo --interactive

screenshots: setup build
	cd frontend && BENDO_BIN=$(CURDIR)/bin npm run --silent screenshots

# --- check it ------------------------------------------------------------------------------------

test: setup build unit e2e window-smoke torture-smoke

unit: screens
	cd frontend && npm test --silent
	$(GO) vet ./...
	$(GO) test -timeout $(TEST_TIMEOUT) $$($(GO) list ./... | grep -Ev '/internal/sim(/processes)?$$')

e2e: build
	cd frontend && BENDO_BIN=$(CURDIR)/bin npm run --silent e2e

window-smoke: window
	@if $(HAVE_GTK) && $(HAVE_XVFB); then \
		echo '$(WINDOW_SMOKE)'; $(WINDOW_SMOKE); \
	else \
		echo "NOT TESTED: the kiosk's window needs GTK, WebKit and Xvfb (make setup as root installs them)" >&2; \
	fi

# The look for names first: a pattern that matches no test would pass and prove nothing.
torture-smoke:
	@names=$$($(GO) test -list Smoke ./internal/sim/...); \
		grep -q '^Test' <<<"$$names" || { echo "internal/sim has no smoke test" >&2; exit 1; }
	$(GO) test -count=1 -timeout $(SMOKE_TIMEOUT) -parallel 4 -run Smoke ./internal/sim/...

# Nightly size of everything, with a journal below torture/ and a summary (TORTURE.md says how long
# it takes). One stage alone: build/torture.sh core.
torture:
	@build/torture.sh

# Every fuzz target for a time (20s) or a number of inputs (1000000x).
fuzz:
	@build/fuzz.sh $(FUZZTIME)

# The race detector over what bears it: everything but the real processes, which it cannot see into.
race:
	CGO_ENABLED=1 $(GO) test -race -count=1 -short -timeout 2h $$($(GO) list ./... | grep -v '/internal/sim/')

bench: screens bench-micro bench-road

bench-micro:
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

# The road over bad lines, beside others; needs root and /dev/net/tun. All rows take hours, one takes
# minutes: make bench-road ROWS='2g/mini|2g-cuts.*/mini' TOOLS=bendo,rsync. The tables of
# BENCHMARKS.md are written anew from everything measured so far.
ROWS     ?= .*
TOOLS    ?= bendo,rsync,curl,rclone
PARALLEL ?= 4
bench-road: programs
	@build/setup.sh --bench
	$(GO) run ./internal/bench/cmd/bench --rows '$(ROWS)' --tools '$(TOOLS)' --parallel $(PARALLEL)

lint: setup screens
	@bad=$$(gofmt -l $$(git ls-files '*.go')); \
		if [[ -n $$bad ]]; then printf 'not gofmt-ed (make fmt does it):\n%s\n' "$$bad" >&2; exit 1; fi
	@for script in build/*.sh .ci/run; do bash -n "$$script"; done
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	GOOS=windows $(GO) vet ./kiosk/cmd/kiosk ./agent/cmd/agent
	GOOS=windows $(GO) vet -tags desktop,production ./kiosk/cmd/kiosk ./kiosk/shell
	@if $(HAVE_GTK); then echo 'go vet of the window'; CGO_ENABLED=1 GOFLAGS= $(GO) vet -tags $(WINDOW_TAGS) ./kiosk/cmd/kiosk ./kiosk/shell; fi
	cd frontend && npm run --silent lint
	$(GO) run ./kiosk/cmd/kiosk languages lint >/dev/null

fmt:
	gofmt -w $$(git ls-files '*.go')

# --- hand it out ---------------------------------------------------------------------------------

# dist/ holds one folder for each system; the digests cover every file of it.
release: setup screens programs
	rm -rf dist
	@for target in $(RELEASES); do \
		out=dist/$${target/\//-}; mkdir -p $$out; \
		echo "$$target"; \
		GOOS=$${target%/*} GOARCH=$${target#*/} \
			$(GOBUILD) -ldflags "$(LDFLAGS)" -o $$out/ $(foreach p,$(PROGRAMS),./$(p)/cmd/$(p)); \
	done
	GOOS=windows GOARCH=amd64 $(GOBUILD) -tags desktop,production \
		-ldflags "$(LDFLAGS) -H windowsgui" -o dist/windows-amd64/kiosk-window.exe ./kiosk/cmd/kiosk
	@if $(HAVE_GTK); then \
		CGO_ENABLED=1 $(GOBUILD) -tags $(WINDOW_TAGS) -ldflags "$(LDFLAGS)" \
			-o dist/$$($(GO) env GOOS)-$$($(GO) env GOARCH)/kiosk-window ./kiosk/cmd/kiosk; \
	fi
	@build/voice.sh dist/voice --forms
	cp LICENSE CHANGELOG.md dist/
	cd dist && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum >SHA256SUMS
	@cat dist/SHA256SUMS

clean:
	rm -rf bin dist frontend/test-results
	find frontend/dist -mindepth 1 ! -name .gitkeep -delete
