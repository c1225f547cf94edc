# Dongyur. Needs Go; `make help` lists what can be made.

# Where `make run` serves. ADDR=:8080 opens it to the network.
ADDR ?= localhost:8080
# Where what is shared with `make run` is kept; HUB= shares nothing.
HUB ?= $(or $(XDG_DATA_HOME),$(HOME)/.local/share)/dongyur/hub.db
# XLA=1 builds the program with the XLA engine as well (cgo and libc).
XLA ?=
# The engine that `make models` trains with: go, or xla together with XLA=1.
ENGINE ?=
# What `make models` trains: nano, everyday, small, base.
MODEL ?= nano everyday small
# Brotli's quality, 0 to 11: 9 takes seconds, 11 a minute and saves a seventh.
BROTLI ?= 9
# Stages of `make test`, all where empty: `.build/testall -list` names them.
STAGES ?=
# How long `make fuzz` searches with each fuzz target: a number of inputs, or a time (1m).
FUZZTIME ?= 300000x
# The folder of peers that `make bench-webgpu` measures beside ours, and its further options.
PEERS ?=
BENCH ?=

PROGRAM := .build/dongyur
TESTALL := .build/testall
TAGS := $(if $(XLA),-tags xla)
# Go 1.26's experiment, for native builds on amd64 alone and never for js/wasm: the Go engine multiplies
# matrices 8 times faster with it where the processor has AVX2, which it asks when it runs. A Go that
# does not know the experiment builds without it.
NATIVE = $(if $(filter amd64,$(shell GOEXPERIMENT=simd go env GOARCH 2>/dev/null)),GOEXPERIMENT=simd)
DONGYUR = $(PROGRAM) $(if $(ENGINE),--engine $(ENGINE))
MODELS := assets/models
RECIPES := assets/recipes

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  ADDR=localhost:9000  where run serves"
	@echo "  HUB=FILE             where run keeps what is shared"
	@echo "  XLA=1                build with the XLA engine (cgo)"
	@echo "  ENGINE=xla           the engine that models trains with"
	@echo "  MODEL=\"small base\"  the models that models trains"
	@echo "  CHROME=PATH          the browser that test uses"
	@echo "  STAGES=\"vet native\"  only these stages of test"
	@echo "  FUZZTIME=5000000x    how many inputs fuzz tries with each target"

.PHONY: run
run: build ## Build everything and serve the page and its hub on http://localhost:8080.
	$(PROGRAM) serve --addr $(ADDR) --dir . $(if $(HUB),--hub $(HUB))

.PHONY: build
build: program page ## Build the program, the page and its worker into .build/.

.PHONY: program
program: ## Build the native program, .build/dongyur.
	$(NATIVE) go build $(TAGS) -o $(PROGRAM) ./core/cmd/dongyur

.PHONY: page
page: ## Build the page's and the worker's WebAssembly and bring the Tibetan web font.
	$(NATIVE) go run ./wasm/build -quality $(BROTLI)

.PHONY: xla
xla: ## Build the program with the XLA engine (cgo); it runs on NVIDIA GPUs.
	$(MAKE) program XLA=1

# A command that was ended goes on from the .state.safetensors in its model's folder; remove that to
# start anew. A tokenizer that is there stays; remove it to train it anew.
.PHONY: models
models: $(addprefix model-,$(MODEL)) ## Train MODEL (nano, everyday and small) anew: tokenizer, base model, encoders, cards.

.PHONY: model-nano
model-nano: program $(MODELS)/nano/tokenizer.json
	$(call base,nano)
	$(DONGYUR) quantize $(MODELS)/nano --bits 8 --out $(MODELS)/nano-int8
	$(call encoder,nano-enc,nano)
	$(call encoder,nano-judge,nano)

.PHONY: model-everyday
model-everyday: program $(MODELS)/everyday/tokenizer.json
	$(call base,everyday)
	$(call encoder,everyday-enc,everyday)
	$(call encoder,everyday-judge,everyday)

.PHONY: model-small
model-small: program $(MODELS)/small/tokenizer.json
	$(call base,small)
	$(DONGYUR) quantize $(MODELS)/small --bits 8 --out $(MODELS)/small-int8
	$(call encoder,small-enc,small)
	$(DONGYUR) quantize $(MODELS)/small-enc --bits 8 --out $(MODELS)/small-enc-int8

# Base has small's tokenizer; train with --encoder and --judge. A GPU makes it; see the README.
.PHONY: model-base
model-base: program $(MODELS)/small/tokenizer.json
	mkdir -p $(MODELS)/base
	cp $(MODELS)/small/tokenizer.json $(MODELS)/base/
	$(call base,base)

# base,NAME makes a base model with its card; encoder,NAME,TOKENIZER an encoder.
define base
$(DONGYUR) pretrain --recipe $(RECIPES)/$(1).json --out $(MODELS)/$(1)
$(DONGYUR) card $(MODELS)/$(1)
endef
define encoder
$(DONGYUR) encoder train --recipe $(RECIPES)/$(1).json --tokenizer $(MODELS)/$(2)/tokenizer.json --out $(MODELS)/$(1)
$(DONGYUR) card $(MODELS)/$(1)
endef

$(MODELS)/nano/tokenizer.json: | program
	$(DONGYUR) tokenizer train --recipe $(RECIPES)/nano-tokenizer.json --out $(@D)

$(MODELS)/everyday/tokenizer.json: | program
	$(DONGYUR) tokenizer train --recipe $(RECIPES)/everyday-tokenizer.json --out $(@D)

$(MODELS)/small/tokenizer.json: | program
	$(DONGYUR) tokenizer train --recipe $(RECIPES)/bo-zh-en.json --out $(@D)

# Built, not `go run`, so that the summary is the last that it prints.
.PHONY: $(TESTALL)
$(TESTALL):
	@$(NATIVE) go build -o $@ ./core/cmd/testall

WRANGLER = WRANGLER_SEND_METRICS=false .cache/npm/node_modules/.bin/wrangler

.PHONY: edge
edge: program page ## Build the hub for Cloudflare's edge, and the page as its static files, into .build/edge.
	go run ./wasm/edge/build
	$(PROGRAM) site --out .build/edge/site

.PHONY: edge-dev
edge-dev: edge $(TESTALL) ## Run the page and its hub as at the edge on http://127.0.0.1:8787, D1 and R2 simulated here.
	@$(TESTALL) npm
	CI=1 $(WRANGLER) d1 migrations apply DB --local --config wasm/edge/wrangler.toml --persist-to .build/edge/state
	CI=1 $(WRANGLER) dev --ip 127.0.0.1 --config wasm/edge/wrangler.toml --persist-to .build/edge/state

# With your own account: see assets/docs/edge.md for what to do once before.
.PHONY: edge-deploy
edge-deploy: edge $(TESTALL) ## Put the page and its hub at Cloudflare's edge, with your own account.
	@$(TESTALL) npm
	$(WRANGLER) d1 migrations apply DB --remote --config wasm/edge/wrangler.toml
	$(WRANGLER) deploy --config wasm/edge/wrangler.toml

.PHONY: hub-load
hub-load: ## Measure the hub on SQLite and one core: reads, votes, 200 raters at once.
	$(NATIVE) go run ./core/hub/load

.PHONY: hub-kill
hub-kill: ## Kill the hub 100 times while raters vote; every vote must be there, once.
	$(NATIVE) go test ./core/hub -run TestKilled -count=1 -v -kills 100

.PHONY: test
test: $(TESTALL) ## Vet, lint, test natively, in js/wasm and in Chromium; ends in one summary.
	@$(TESTALL) $(STAGES)

.PHONY: test-webgpu
test-webgpu: $(TESTALL) ## Test the WebGPU backend in Node on Dawn, on whatever adapter is there.
	@$(TESTALL) webgpu

.PHONY: test-simd
test-simd: $(TESTALL) ## Test the WebAssembly SIMD backend in Node: 50 and 20 steps beside the Go engine, the page's demonstration.
	@$(TESTALL) simd agree-simd demo

.PHONY: lint
lint: $(TESTALL) ## Check formatting, generated code, vet and staticcheck.
	@$(TESTALL) format generate vet lint

.PHONY: fuzz
fuzz: $(TESTALL) ## Fuzz every reader for FUZZTIME each.
	@$(TESTALL) -fuzztime $(FUZZTIME) fuzz

# The workloads' names, hosts and engines: `go run ./wasm/webgpu/bench/compare -h`.
# BENCH='-engines webgpu,webgpu:tune' measures what tuning the kernels of products gains.
.PHONY: bench-webgpu
bench-webgpu: ## Measure WebGPU beside other stacks, in Node and Chromium; PEERS=DIR has the others.
	@PEERS=$(PEERS) go run ./wasm/webgpu/bench/compare $(BENCH)

.PHONY: generate
generate: ## Generate the Go code of the page's Vugu components.
	go generate ./ui/...
	gofmt -w ui

.PHONY: fmt
fmt: ## Format the Go code.
	gofmt -w core ui wasm

.PHONY: clean
clean: ## Remove what was built and brought: .build and .cache.
	rm -rf .build .cache
