# Thin: every target is a command that you could type yourself.
CARGO ?= cargo
DEMO_CITY ?= Oslo
DEMO_PROMPT ?= a red fox

.PHONY: help demo test check fmt lint doc docs bench conformance install deny clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: ## A forecast and a picture through the whole servers, without key or network
	$(CARGO) run --quiet --locked -p weather-server -- --demo call get_forecast city=$(DEMO_CITY) days=3
	$(CARGO) run --quiet --locked -p flux-server -- --demo call generate_image prompt="$(DEMO_PROMPT)"

test: ## All tests: no network, no keys
	$(CARGO) test --workspace --locked

check: lint doc ## Formatting, clippy and docs without a warning

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --locked

fmt: ## Format the code
	$(CARGO) fmt --all

docs: ## Rewrite the generated parts of README.md
	$(CARGO) run --quiet --locked -p testkit --example docs

bench: ## Start time, memory, calls per second, overhead per call, a large picture
	$(CARGO) build --release --locked -p weather-server -p flux-server
	$(CARGO) bench --locked -p testkit --bench call
	$(CARGO) bench --locked -p testkit --bench binary -- $(CURDIR)/target/release/weather-server
	$(CARGO) bench --locked -p testkit --bench picture -- $(CURDIR)/target/release/flux-server

conformance: ## The official MCP suite against each server, in demo mode (needs npm)
	tests/conformance/run.sh weather-server
	tests/conformance/run.sh flux-server

install: ## Install every server into ~/.cargo/bin
	for server in servers/*-server; do $(CARGO) install --locked --path $$server || exit 1; done

deny: ## Licences, duplicate and banned crates, sources
	$(CARGO) deny --locked check licenses bans sources

clean: ## Remove what was built
	$(CARGO) clean
