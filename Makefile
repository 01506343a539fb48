# Everything here works in a fresh clone with Go, npm, make and git.

GO      ?= go
CHDB    := schema/store/embedded/libchdb
LIBRARY := $(CHDB)/node_modules/.package-lock.json
APACHE  := loadtest/kafkatest/apache
JARS    := $(APACHE)/target/jars
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
TESTS   ?= ./...
# The race detector needs a C compiler; without one the tests run without it.
RACE    := $(if $(shell command -v $(CC) 2>/dev/null),CGO_ENABLED=1 $(GO) test -race,$(GO) test)
# Its members are processes that are killed and that must meet their sessions:
# no other tests beside them. EFFORT=-short tries less,
# EFFORT='-run …' some of it.
DELIVERY = $(GO) test -count=1 -timeout 90m $(EFFORT) ./loadtest/delivery
REPORT   := $(abspath $(APACHE)/target/delivery.jsonl)

export CGO_ENABLED ?= 0

.PHONY: reference run test test-delivery test-kafka delivery build deps lint bench eval truth fuzz clean

run: build ## set up, then show everything on a generated company
	bin/firebreak demo

build: deps ## bin/firebreak, with the embedded ClickHouse beside it
	$(GO) build -ldflags "-X main.version=$(VERSION)" -o bin/firebreak ./cmd/firebreak
	ln -sf "../$$(ls -d $(CHDB)/node_modules/@chdb/lib-*/libchdb.so)" bin/libchdb.so

deps: $(LIBRARY) ## fetch the embedded ClickHouse

$(LIBRARY): $(CHDB)/package-lock.json
	npm ci --no-audit --no-fund --prefix $(CHDB)
	@touch $@

test: EFFORT = -short
test: deps ## every test that needs nothing from outside
	$(RACE) -timeout 20m $$($(GO) list $(TESTS) | grep -v '/loadtest/delivery$$')
	$(if $(filter ./...,$(TESTS)),$(DELIVERY))

test-delivery: deps ## every way to fail, on the embedded Kafka
	$(DELIVERY)

test-kafka: deps $(JARS)/.fetched ## every way to fail, on Apache Kafka
	@command -v java >/dev/null || { echo "Apache Kafka needs Java 17: install openjdk-17-jre-headless or its like"; exit 1; }
	FIREBREAK_TEST_KAFKA=$(abspath $(JARS)) $(GO) test -count=1 ./loadtest/kafkatest
	FIREBREAK_TEST_KAFKA=$(abspath $(JARS)) $(DELIVERY)

delivery: ## both, and what they saw in ingest/DELIVERY.md
	mkdir -p $(dir $(REPORT)) && rm -f $(REPORT)
	FIREBREAK_DELIVERY_REPORT=$(REPORT) $(MAKE) test-delivery
	FIREBREAK_DELIVERY_REPORT=$(REPORT) $(MAKE) test-kafka
	$(GO) run ./loadtest/delivery/page <$(REPORT) >$(REPORT).md && mv $(REPORT).md ingest/DELIVERY.md

$(JARS)/.fetched: $(APACHE)/pom.xml
	@command -v mvn >/dev/null || { echo "the jars of Apache Kafka come by Maven: install maven"; exit 1; }
	mvn -q -B -f $(APACHE)/pom.xml dependency:copy-dependencies -DoutputDirectory=$(abspath $(JARS))
	@touch $@

lint: ## formatting, vet and the linters of .golangci.yaml
	$(GO) tool golangci-lint run ./...

bench: deps ## the whole way of an event, beside the plain way
	$(GO) test -run '^$$' -bench WholeWay -benchtime 3x -timeout 30m ./loadtest/throughput

eval: ## how well incidents are grouped: labelled sets in the folder DATA, generated companies
	$(GO) run ./loadtest/grouping/eval $(DATA)

truth: deps ## how often the intervals of metrics cover the truth, in WORLDS (1000) worlds of each kind
	$(GO) run ./loadtest/truth/run -worlds $(or $(WORLDS),1000)

reference: ## aggregate/METRICS.md from the catalogue
	$(GO) run ./aggregate/reference >aggregate/METRICS.md.new && mv aggregate/METRICS.md.new aggregate/METRICS.md

fuzz: deps ## each fuzz target for FUZZTIME (30s)
	for package in ./schema ./aggregate/recurrence ./aggregate/settings; do \
		$(GO) test -run '^$$' -list '^Fuzz' $$package | grep '^Fuzz' | \
			xargs -I {} $(GO) test -run '^$$' -fuzz '^{}$$' -fuzztime $(or $(FUZZTIME),30s) $$package || exit 1; \
	done

clean:
	rm -rf bin data
