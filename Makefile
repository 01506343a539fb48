# Everything here works in a fresh clone with Go, npm, make and git.

GO      ?= go
CHDB    := schema/store/embedded/libchdb
LIBRARY := $(CHDB)/node_modules/.package-lock.json
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
TESTS   ?= ./...
# The race detector needs a C compiler; without one the tests run without it.
RACE    := $(if $(shell command -v $(CC) 2>/dev/null),CGO_ENABLED=1 $(GO) test -race,$(GO) test)

export CGO_ENABLED ?= 0

.PHONY: run test build deps lint bench fuzz clean

run: build ## set up, then show everything on a generated company
	bin/firebreak demo

build: deps ## bin/firebreak, with the embedded ClickHouse beside it
	$(GO) build -ldflags "-X main.version=$(VERSION)" -o bin/firebreak ./cmd/firebreak
	ln -sf "../$$(ls -d $(CHDB)/node_modules/@chdb/lib-*/libchdb.so)" bin/libchdb.so

deps: $(LIBRARY) ## fetch the embedded ClickHouse

$(LIBRARY): $(CHDB)/package-lock.json
	npm ci --no-audit --no-fund --prefix $(CHDB)
	@touch $@

test: deps ## every test that needs nothing from outside
	$(RACE) -timeout 20m $(TESTS)

lint: ## formatting, vet and the linters of .golangci.yaml
	$(GO) tool golangci-lint run ./...

bench: deps ## the whole way of an event, beside the plain way
	$(GO) test -run '^$$' -bench WholeWay -benchtime 3x -timeout 30m ./loadtest/throughput

fuzz: deps ## each fuzz target for FUZZTIME (30s)
	$(GO) test -run '^$$' -list '^Fuzz' ./schema | grep '^Fuzz' | \
		xargs -I {} $(GO) test -run '^$$' -fuzz '^{}$$' -fuzztime $(or $(FUZZTIME),30s) ./schema

clean:
	rm -rf bin data
