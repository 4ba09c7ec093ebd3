# What can be done here: `make` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .cache/peers
# What the wheel is made of.
SOURCES := Cargo.toml Cargo.lock build.rs pyproject.toml README.md LICENSE \
	$(shell find src python -name '*.rs' -o -name '*.py' -o -name '*.pyi' -o -name 'py.typed')
# Where there is glibc, zig links the wheel with its version 2.17, so that older systems take it; maturin checks that.
COMPATIBLE := $(if $(shell getconf GNU_LIBC_VERSION 2>/dev/null),--zig --compatibility manylinux2014)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

.PHONY: run
run: $(VENV)/installed ## Build, install, and run an example service with live traffic
	$(BIN)/python examples/service.py $(ARGS)

.PHONY: test
test: test-rust test-python ## Build and run all tests, Rust and Python

# With RUSTC_BOOTSTRAP, rustdoc checks which error code has that must not compile. The models have it as well, so that they
# take the dependencies that are built. Of make's options, rustdoc would complain.
.PHONY: test-rust
test-rust: ## The core, without Python, and the model checker on what it does without locks
	MAKEFLAGS= RUSTC_BOOTSTRAP=1 cargo test --locked
	MAKEFLAGS= RUSTC_BOOTSTRAP=1 cargo test --locked --lib --features loom loom

.PHONY: test-python
test-python: $(VENV)/tested peers ## The installed wheel, with real peers
	set -a; [ ! -f $(PEERS)/peers.env ] || . $(PEERS)/peers.env; set +a; \
	$(UNDER) $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

.PHONY: weaken
weaken: ## Weaken each memory ordering of the core in a copy: a model must fail (half an hour)
	$(PYTHON) tests/tools/weaken.py $(ARGS)

.PHONY: test-long
test-long: ## What takes longer: more data, older frameworks
	cargo test --locked --release -- --include-ignored
	AIOPROMETHEUS_LONG_TESTS=1 $(MAKE) test-python
	for framework in fastapi==0.110.0 fastapi==0.115.0 fastapi==0.136.0 fastapi==0.137.0 aiohttp==3.9.0; do \
		$(PYTHON) tests/tools/framework_versions.py "$$framework" || exit 1; \
	done

.PHONY: test-free-threaded
test-free-threaded: ## All Python tests on an interpreter without a lock: PYTHON=python3.14t
	$(MAKE) test-python VENV=.venv-free-threaded

.PHONY: test-debug
test-debug: ## All Python tests on a build with debug assertions and overflow checks
	MATURIN_PEP517_ARGS="--profile checked" $(MAKE) test-python VENV=.venv-debug

# A stable compiler takes -Zsanitizer with RUSTC_BOOTSTRAP. With a target, what the build itself runs is built without it. The
# standard library was built without it as well, which has to be allowed for threads.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
SANITIZED = RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=$* -Cunsafe-allow-abi-mismatch=sanitizer" \
	CARGO_BUILD_TARGET=$(HOST) CARGO_TARGET_DIR=$(abspath target/$*)
.PHONY: test-address test-thread
test-address: ## The core and all Python tests under AddressSanitizer: use after free and its like (gcc)
test-thread: ## The core and all Python tests under ThreadSanitizer: data races (gcc)
test-address test-thread: test-%:
	$(SANITIZED) $(PYTHON) tests/tools/sanitized.py $* core cargo test --locked --profile checked --lib
	$(SANITIZED) MATURIN_PEP517_ARGS="--profile checked --strip false" $(MAKE) test-python VENV=.venv-$* \
		UNDER="$(PYTHON) tests/tools/sanitized.py $* python"

SECONDS ?= 60
.PHONY: fuzz
fuzz: ## Fuzz the core for SECONDS=60 a target, all or TARGETS="labels names", PLAIN=1 without AddressSanitizer; a failing input is kept (g++)
	$(PYTHON) fuzz/run.py --seconds $(SECONDS) $(if $(PLAIN),--plain) $(TARGETS)

.PHONY: fuzz-corpus
fuzz-corpus: ## Run the fuzz targets on the cases that are kept in fuzz/corpus alone
	$(PYTHON) fuzz/run.py $(TARGETS)

.PHONY: peers
peers: ## Fetch and unpack the servers that the tests run against (Debian)
	-$(PYTHON) tests/tools/fetch_peers.py $(PEERS)

.PHONY: lint
lint: $(VENV)/tested ## Formatting, lints and types
	cargo fmt --check
	cargo fmt --check --manifest-path benches/rust/Cargo.toml
	cargo fmt --check --manifest-path benches/floor/Cargo.toml
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	cargo clippy --locked --all-targets --no-default-features -- -D warnings
	PYO3_PYTHON=$(abspath $(BIN)/python) cargo clippy --locked --all-targets --features python -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
	CARGO_TARGET_DIR=$(abspath target/benches) cargo clippy --locked --all-targets --manifest-path benches/rust/Cargo.toml -- -D warnings
	PYO3_PYTHON=$(abspath $(BIN)/python) CARGO_TARGET_DIR=$(abspath target/benches) cargo clippy --locked --manifest-path benches/floor/Cargo.toml -- -D warnings
	@# libFuzzer, which is C++, need not be built for this: any path does.
	CUSTOM_LIBFUZZER_PATH=$(abspath fuzz/Cargo.toml) CARGO_TARGET_DIR=$(abspath target/benches) cargo clippy --locked --all-targets --manifest-path fuzz/Cargo.toml -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy python/aioprometheus python/pytest_aioprometheus
	cd tests && ../$(BIN)/python -m mypy.stubtest aioprometheus._core --concise --allowlist stubtest_allowlist.txt

.PHONY: check-rust-version
check-rust-version: ## Check that the Rust of Debian trixie builds it, which Cargo.toml asks for
	$(PYTHON) tests/tools/check_rust_version.py .cache/rust

.PHONY: stub
stub: $(VENV)/tested ## Write the docstrings of the built module into its stub, _core.pyi
	$(BIN)/python tests/tools/stub_docstrings.py

.PHONY: docs
docs: $(VENV)/documented ## Build the site into docs/_build; a warning is an error
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --fresh-env --quiet docs docs/_build/html
	@echo docs/_build/html/index.html

.PHONY: bench
bench: $(VENV)/installed ## Measure against the other clients, print ratios, draw the chart
	$(BIN)/python benches/compare.py $(ARGS)
	$(BIN)/python benches/pauses.py

.PHONY: bench-rust
bench-rust: ## Measure the core against the other Rust clients
	CARGO_TARGET_DIR=$(abspath target/benches) cargo bench --locked --manifest-path benches/rust/Cargo.toml --bench clients

.PHONY: bench-instructions
bench-instructions: ## Count the instructions of the hot paths, and compare with those on record (valgrind)
	CARGO_TARGET_DIR=$(abspath target/benches) $(PYTHON) benches/instructions.py $(ARGS)

.PHONY: wheel
wheel: $(VENV)/created ## Build a wheel and an sdist into dist/
	$(BIN)/pip install --quiet 'maturin[zig]>=1.9,<2'
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/maturin build --release --locked $(COMPATIBLE) \
		--interpreter $(abspath $(BIN)/python) --sdist --out dist

.PHONY: clean
clean: ## Remove what was built
	rm -rf target dist docs/_build $(VENV) .venv-* .cache benches/*/target

$(VENV)/created:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/installed: $(VENV)/created $(SOURCES)
	@echo "Building the Rust core, which takes a minute or two. A later run starts at once."
	$(BIN)/pip install --quiet --force-reinstall --no-deps .
	$(BIN)/pip install --quiet '.[aiohttp]' fastapi quart uvicorn
	touch $@

$(VENV)/tested: $(VENV)/installed tests/requirements.txt
	$(BIN)/pip install --quiet --requirement tests/requirements.txt
	-$(BIN)/pip install --quiet --only-binary :all: gevent==26.9.0  # none for free-threaded interpreters
	touch $@

$(VENV)/documented: $(VENV)/installed docs/requirements.txt
	$(BIN)/pip install --quiet --requirement docs/requirements.txt
	touch $@
