# Everything here works in a fresh clone with Go, npm, make and git.

GO      ?= go
CHDB    := schema/store/embedded/libchdb
LIBRARY := $(CHDB)/node_modules/.package-lock.json
PLUGIN  := dashboards/plugin
EDITORS := $(PLUGIN)/node_modules/.package-lock.json
# What Grafana runs on; the backend is built for each.
PLATFORMS := linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64
CHECK   := aggregate/review/check
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

.PHONY: reference cookbook run test test-go test-editors test-pages test-delivery test-kafka delivery build plugin boards deps lint bench eval truth fuzz clean

run: build ## set up, then show everything on a generated company
	bin/firebreak demo

build: deps ## bin/firebreak, with the embedded ClickHouse beside it, and the auditor's bin/firebreak-audit-check
	$(GO) build -ldflags "-X main.version=$(VERSION)" -o bin/firebreak ./cmd/firebreak
	$(GO) build -o bin/firebreak-audit-check ./cmd/firebreak-audit-check
	ln -sf "../$$(ls -d $(CHDB)/node_modules/@chdb/lib-*/libchdb.so)" bin/libchdb.so

deps: $(LIBRARY) ## fetch the embedded ClickHouse

$(LIBRARY): $(CHDB)/package-lock.json
	npm ci --no-audit --no-fund --prefix $(CHDB)
	@touch $@

$(EDITORS): $(PLUGIN)/package-lock.json
	npm ci --no-audit --no-fund --ignore-scripts --prefix $(PLUGIN)
	@touch $@

test: test-editors test-go ## every test that needs nothing from outside

test-go: EFFORT = -short
test-go: deps
	$(RACE) -timeout 20m $$($(GO) list $(TESTS) | grep -v '/loadtest/delivery$$')
	$(if $(filter ./...,$(TESTS)),$(DELIVERY))

test-editors: $(EDITORS) ## the editors of the Grafana plugin, and whether the dashboards are as the code says
	npm run --silent --prefix $(PLUGIN) typecheck
	npm run --silent --prefix $(PLUGIN) boards -- --check
	npm run --silent --prefix $(PLUGIN) test

test-pages: deps $(CHECK)/node_modules/.package-lock.json ## the weekly review's pages, by accessibility checkers in a Chromium; PICTURES is a folder for pictures of them
	@command -v chromium >/dev/null || test -n "$(CHROMIUM)" || { echo "the pages are looked at with Chromium: install chromium, or name one with CHROMIUM"; exit 1; }
	$(GO) run ./loadtest/pages $(CHECK)/pages
	node $(CHECK)/check.mjs $(CHECK)/pages $(PICTURES)

$(CHECK)/node_modules/.package-lock.json: $(CHECK)/package-lock.json
	npm ci --no-audit --no-fund --ignore-scripts --prefix $(CHECK)
	@touch $@

plugin: $(EDITORS) ## the Grafana plugin as a zip, in dashboards/plugin
	npm run --silent --prefix $(PLUGIN) build
	for platform in $(PLATFORMS); do \
		os=$${platform%_*}; \
		GOOS=$$os GOARCH=$${platform#*_} $(GO) build -trimpath -ldflags '-s -w' \
			-o $(PLUGIN)/dist/gpx_firebreak_datasource_$$platform$$(test $$os = windows && echo .exe) ./cmd/gpx_firebreak_datasource || exit 1; \
	done
	$(GO) run ./dashboards/pack $(PLUGIN)/dist $(PLUGIN)/vividium-firebreak-datasource.zip

boards: $(EDITORS) ## the dashboards and alert rules from their code and the catalogue
	$(GO) run ./dashboards/datasource/catalogue >$(PLUGIN)/catalogue.json.new && mv $(PLUGIN)/catalogue.json.new $(PLUGIN)/catalogue.json
	npm run --silent --prefix $(PLUGIN) boards

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

cookbook: deps ## the answers in schema/SQL.md, asked anew
	$(GO) test -count=1 -run '^TestPage$$' ./schema/cookbook -update

fuzz: deps ## each fuzz target for FUZZTIME (30s)
	for package in ./schema ./schema/audit ./cmd/firebreak-audit-check ./aggregate/recurrence ./aggregate/settings; do \
		$(GO) test -run '^$$' -list '^Fuzz' $$package | grep '^Fuzz' | \
			xargs -I {} $(GO) test -run '^$$' -fuzz '^{}$$' -fuzztime $(or $(FUZZTIME),30s) $$package || exit 1; \
	done

clean:
	rm -rf bin data
