# Everything there is to do here: `make` lists it. What a machine must bring is Rust (stable, with
# rustfmt and clippy), Python 3.11 or later, a C compiler and make; the rest is installed below,
# Python packages into .venv and tools into the cache, and only once.

CARGO ?= cargo
# The first Python that is recent enough; `make PYTHON=…` picks another.
PYTHONS := python3 python3.15 python3.14 python3.13 python3.12 python3.11
PYTHON ?= $(firstword $(foreach python,$(PYTHONS),$(shell \
	$(python) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(python))))

# Builds of different settings go to different directories, so that none undoes another's work.
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
CACHE := $(abspath $(or $(XDG_CACHE_HOME),$(HOME)/.cache))/tidemarc
VENV := $(abspath .venv)
BIN := $(VENV)/bin
WHEELS := $(TARGET)/wheels

# The packages of this repository, each with its own Cargo.toml.
MANIFESTS := $(wildcard Cargo.toml fuzz/Cargo.toml benches/rust/Cargo.toml tests/*/Cargo.toml)
SCRIPTS := .ci/run $(wildcard tests/*/*.sh release/*.sh)
DOCUMENTS := README.md $(wildcard docs/*.md)

# A folder of MARC files of all sorts, for the tests that go through whatever lies there.
CORPUS ?=
FUZZ_SMOKE_SECONDS := 30
FUZZ_SECONDS := 600
# What fuzzing has found so far, a folder a target.
FUZZ_CORPUS := fuzz/corpus
CARGO_FUZZ_VERSION := 0.13.2
CARGO_FUZZ := $(or $(shell command -v cargo-fuzz),$(CACHE)/bin/cargo-fuzz)
# How much `make soak` streams.
SOAK_GIGABYTES := 200
CARGO_DENY_VERSION := 0.20.2
CARGO_DENY := $(or $(shell command -v cargo-deny),$(CACHE)/bin/cargo-deny)
PIP_AUDIT_VERSION := 2.10.1
# An environment of its own: what it needs is more than all that the tests need.
PIP_AUDIT := $(CACHE)/pip-audit-$(PIP_AUDIT_VERSION)/bin/pip-audit
# Environments of their own for engines that are larger than all the rest: 700 MB, 900 MB, 200 MB.
SPARK := $(CACHE)/spark
ENGINES := $(CACHE)/engines
DAFT := $(CACHE)/daft
# The package as users install it, for Python of these environments.
SITE := $(TARGET)/site
# Environments of their own for what `make release` and `make site` need.
RELEASE_TOOLS := $(CACHE)/release
SITE_TOOLS := $(CACHE)/site
# What `make release` hands to release/build.py.
RELEASE ?=
# What `make bench` hands to benches/run.py.
BENCH ?=
# The same for `make bench-spark` and benches/spark.py.
SPARK_BENCH ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Whatever builds against Python builds against the same one, or cargo would start over each time.
export PYO3_PYTHON := $(BIN)/python
# maturin installs into this environment, whichever one is active outside.
export VIRTUAL_ENV := $(VENV)
unexport CONDA_PREFIX

.DEFAULT_GOAL := help
.PHONY: help demo test lint test-rust test-no-std test-loom test-python test-wheel test-spark test-engines stress conformance downstream corpus \
	torture fuzz-smoke fuzz fuzz-found sanitize sanitize-address sanitize-thread coverage coverage-fuzz audit \
	soak bench bench-spark embedded docs site develop wheel release clean

help: ## Say what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: develop ## Build the Python package and show what it does
	$(BIN)/python examples/demo.py

test: lint test-rust test-no-std test-loom test-python test-wheel ## Run every check that needs neither corpus nor fuzzer

lint: $(VENV)/installed ## Check formatting, warnings, documentation and language
	$(foreach manifest,$(MANIFESTS),$(CARGO) fmt --check --manifest-path $(manifest) &&) true
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) clippy --all-targets --no-default-features --features std -- -D warnings
	$(CARGO) clippy --all-targets --no-default-features --features formats -- -D warnings
	$(CARGO) clippy --all-targets --features columns,compress,index -- -D warnings
	$(CARGO) clippy --all-targets --features cli -- -D warnings
	$(CARGO) clippy --all-targets --features python -- -D warnings
	$(CARGO) clippy --lib --example embedded --no-default-features -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --lib --features cli,index
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --no-default-features
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/shellcheck $(SCRIPTS)
	$(BIN)/python tests/fixtures/build.py --check
	$(BIN)/python tables/generate.py --check
	$(BIN)/python tests/lint/prose.py
	$(BIN)/python tests/lint/links.py

test-rust: ## Run the tests of the Rust crate and its documentation, for each set of features
	$(CARGO) test --features cli,index
	$(CARGO) test --no-default-features --features std
	$(CARGO) test --no-default-features --lib
	$(CARGO) run --quiet --example embedded | grep -q 'titles: 59, faults: 1,'

test-no-std: ## Prove that the core builds without std and without an allocator
	CARGO_TARGET_DIR=$(TARGET)/no_std tests/no_std/check.sh

test-loom: ## Explore the interleavings of the lock-free parts
	RUSTFLAGS='--cfg loom' CARGO_TARGET_DIR=$(TARGET)/loom CARGO_PROFILE_RELEASE_LTO=off \
		CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true \
		$(CARGO) test --release --lib models

test-python: develop ## Run the tests of the Python package, its types and its documentation
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest tidemarc --mypy-config-file pyproject.toml --allowlist tests/lint/stubtest.txt
	$(BIN)/pytest
	$(BIN)/pdoc --output-directory $(TARGET)/doc/python tidemarc tidemarc.partitions tidemarc.polars
	$(BIN)/python tests/docs/run_examples.py $(DOCUMENTS)

test-wheel: wheel ## Install the wheel under every Python of this machine, and try it
	$(BIN)/python tests/wheel/check.py $(WHEELS)/tidemarc-*.whl

test-spark: $(SPARK)/installed $(SITE)/installed ## Run Spark on a cluster of this machine (fetches Spark and Java the first time)
	$(SPARK)/bin/mypy --follow-imports silent --package tidemarc.spark --package pyspark_tidemarc
	PYTHONPATH=$(SITE) $(SPARK)/bin/python -m pytest -W default --timeout 600 tests/spark

test-engines: $(ENGINES)/installed $(DAFT)/installed $(SITE)/installed ## Run Dask, Ray and Daft (fetches them the first time)
	PYTHONPATH=$(SITE) $(ENGINES)/bin/python -m pytest -W default tests/engines/test_dask.py tests/engines/test_ray.py
	PYTHONPATH=$(SITE) $(DAFT)/bin/python -m pytest -W default tests/engines/test_daft.py

stress: develop ## Use the Python package at random, with threads, forks, signals and odd files: TIDEMARC_STRESS=N
	TIDEMARC_STRESS=$(or $(TIDEMARC_STRESS),20) $(BIN)/pytest tests/python/stress

conformance: develop ## Run pymarc's own tests, and compare with it value by value (fetches it)
	$(BIN)/python tests/conformance/suite.py
	$(BIN)/python tests/conformance/compare.py tests/fixtures/*.mrc
	$(BIN)/python tests/conformance/compare.py --damage 500
	$(BIN)/python tests/conformance/compare.py --records $(CORPUS) --most 60000
	$(BIN)/python tests/conformance/catmandu.py tests/fixtures/*.mrc $(CORPUS)
	$(BIN)/python tests/conformance/yaz.py tests/fixtures/*.mrc $(CORPUS)
	$(BIN)/python tests/conformance/columns.py --records tests/fixtures/*.mrc $(CORPUS)
	$(BIN)/python tests/conformance/plain.py tests/fixtures/*.mrc $(CORPUS)
	$(BIN)/python tests/conformance/index.py --records tests/fixtures/*.mrc $(CORPUS)

downstream: develop ## Run the tests of public projects with pymarc and with the drop-in (fetches them)
	$(BIN)/python tests/downstream/run.py

corpus: ## Run the tests over a folder of real files with a MANIFEST.tsv: CORPUS=FOLDER
	@test -f '$(CORPUS)/MANIFEST.tsv' || { \
		echo 'make: name a folder with real/, odd/ and MANIFEST.tsv: make corpus CORPUS=FOLDER' >&2; exit 1; }
	TIDEMARC_CORPUS=$(abspath $(CORPUS)) $(CARGO) test --release --test it -- corpus:: corpus_formats::
	TIDEMARC_CORPUS=$(abspath $(CORPUS)) $(CARGO) test --release --features cli --test cli -- corpus::

torture: ## Damage a million files at random, and every bit and byte of one: TIDEMARC_TORTURE=N
	TIDEMARC_TORTURE=$(or $(TIDEMARC_TORTURE),1000000) TIDEMARC_EXHAUSTIVE=1 \
		$(CARGO) test --release --test it -- torture:: --nocapture

fuzz-smoke: FUZZ_TIME := $(FUZZ_SMOKE_SECONDS)
# Nearly the same inputs each time, so that a change is seldom refused for an old fault.
fuzz-smoke: FUZZ_OPTIONS := -seed=1
fuzz-smoke: FUZZ_REACHED := fuzz/corpus/smoke
fuzz-smoke: fuzz-fresh fuzz-run ## Fuzz each target for half a minute (the first time needs the network)

fuzz: FUZZ_TIME := $(FUZZ_SECONDS)
fuzz: FUZZ_REACHED := fuzz/corpus
fuzz: fuzz-run ## Fuzz each target for ten minutes: FUZZ_SECONDS=N

.PHONY: fuzz-run fuzz-fresh
fuzz-fresh:
	rm -rf fuzz/corpus/smoke

fuzz-run: export PATH := $(dir $(CARGO_FUZZ)):$(PATH)
fuzz-run: $(CARGO_FUZZ)
	targets=$$($(CARGO) fuzz list) && for target in $$targets; do \
		mkdir -p $(FUZZ_REACHED)/$$target fuzz/found/$$target && $(CARGO) fuzz run -s none $$target \
			$(FUZZ_REACHED)/$$target fuzz/seeds/$$target fuzz/found/$$target -- \
			-max_total_time=$(FUZZ_TIME) $(FUZZ_OPTIONS) || exit; \
	done

fuzz-found: export PATH := $(dir $(CARGO_FUZZ)):$(PATH)
fuzz-found: $(CARGO_FUZZ) ## Keep in fuzz/found the few short inputs that reach what fuzzing has reached
	targets=$$($(CARGO) fuzz list) && for target in $$targets; do \
		rm -rf fuzz/corpus/few && mkdir -p fuzz/corpus/few fuzz/found/$$target && \
		$(CARGO) fuzz run -s none $$target fuzz/corpus/few fuzz/found/$$target $(FUZZ_CORPUS)/$$target -- \
			-set_cover_merge=1 -use_counters=0 -max_len=1024 && \
		rm -rf fuzz/found/$$target && mv fuzz/corpus/few fuzz/found/$$target || exit; \
	done

soak: develop ## Stream 200 GB through Python, every record compared: SOAK_GIGABYTES=N
	$(BIN)/python benches/soak.py --gigabytes $(SOAK_GIGABYTES)

sanitize: sanitize-address sanitize-thread ## Run tests under the sanitizers (see docs/reliability.md)

sanitize-address: $(VENV)/installed ## The Rust and Python tests, with AddressSanitizer and LeakSanitizer
	CARGO_TARGET_DIR=$(TARGET)/address tests/sanitize/address.sh

sanitize-thread: ## The tests of the pipeline, with ThreadSanitizer (the first time may need the network)
	CARGO_TARGET_DIR=$(TARGET)/thread tests/sanitize/thread.sh

coverage: $(VENV)/installed ## Hold framing and parsing to 95 % of their lines (the first time may need the network)
	CARGO_TARGET_DIR=$(TARGET)/coverage PYTHON=$(BIN)/python tests/coverage/run.sh tests

coverage-fuzz: $(VENV)/installed ## Show the same for the inputs that fuzzing found: FUZZ_CORPUS=FOLDER
	CARGO_TARGET_DIR=$(TARGET)/coverage PYTHON=$(BIN)/python FUZZ_CORPUS='$(FUZZ_CORPUS)' tests/coverage/run.sh fuzz

audit: $(CARGO_DENY) $(PIP_AUDIT) ## Check the dependencies: licences, sources, vulnerabilities where the network allows
	CARGO_DENY=$(CARGO_DENY) PIP_AUDIT=$(PIP_AUDIT) tests/audit/run.sh

bench: $(VENV)/installed ## Measure (see benches/README.md): BENCH='--against COMMIT' compares two builds
	$(BIN)/python benches/run.py $(BENCH)

bench-spark: $(SPARK)/installed $(SITE)/installed ## Measure Spark with one worker and two: SPARK_BENCH='--rounds 5'
	PYTHONPATH=$(SITE) $(SPARK)/bin/python benches/spark.py $(SPARK_BENCH)

embedded: ## Build examples/embedded.rs for a Cortex-M3 (the first time may need the network)
	CARGO_TARGET_DIR=$(TARGET)/embedded tests/embedded/toolchain.sh

docs: develop ## Build the reference of both faces: target/doc/tidemarc, target/doc/python
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --lib --features cli,index
	$(BIN)/pdoc --output-directory $(TARGET)/doc/python tidemarc tidemarc.partitions tidemarc.polars

site: $(SITE_TOOLS)/installed ## Build the documents as a site in target/site-docs/site, and check its links
	$(SITE_TOOLS)/bin/python site/build.py $(TARGET)/site-docs

develop: $(VENV)/installed ## Build the Python package into .venv
	$(BIN)/maturin develop --release --quiet

wheel: $(VENV)/installed ## Build the wheel into target/wheels
	rm -f $(WHEELS)/tidemarc-*.whl
	$(BIN)/maturin build --release --quiet --out $(WHEELS)

release: $(RELEASE_TOOLS)/installed ## Build the crate, the sdist and all wheels, and try them (see docs/releasing.md): RELEASE='--quick'
	$(RELEASE_TOOLS)/bin/python release/build.py dist --target-dir $(TARGET) $(RELEASE)
	$(RELEASE_TOOLS)/bin/python release/check.py dist --target-dir $(TARGET)

clean: ## Remove all that was built or installed here; the cache outside stays
	rm -rf target fuzz/target benches/rust/target dist .venv
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -f python/tidemarc/*.so

$(VENV)/installed: requirements-dev.txt
	@test -n '$(PYTHON)' || { echo 'make: no Python 3.11 or later was found; name one: make PYTHON=…' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	touch $@

# An older environment is kept; pip adds what it lacks.
$(SPARK)/installed: tests/spark/requirements.txt
$(ENGINES)/installed: tests/engines/requirements.txt
$(DAFT)/installed: tests/engines/requirements-daft.txt
$(RELEASE_TOOLS)/installed: release/requirements.txt
$(SITE_TOOLS)/installed: site/requirements.txt
$(SPARK)/installed $(ENGINES)/installed $(DAFT)/installed $(RELEASE_TOOLS)/installed $(SITE_TOOLS)/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	touch $@

.PHONY: $(SITE)/installed
$(SITE)/installed: wheel
	$(BIN)/python -m pip install --quiet --no-index --no-deps --upgrade --target $(SITE) \
		$(WHEELS)/tidemarc-*.whl

$(CACHE)/bin/cargo-fuzz:
	$(CARGO) install cargo-fuzz --locked --version $(CARGO_FUZZ_VERSION) --root $(CACHE)

# Nobody waits for what it does; so it is compiled for a short time rather than for a fast program.
$(CACHE)/bin/cargo-deny: export CARGO_PROFILE_RELEASE_LTO := off
$(CACHE)/bin/cargo-deny: export CARGO_PROFILE_RELEASE_CODEGEN_UNITS := 16
$(CACHE)/bin/cargo-deny: export CARGO_PROFILE_RELEASE_OPT_LEVEL := 1
$(CACHE)/bin/cargo-deny:
	$(CARGO) install cargo-deny --locked --version $(CARGO_DENY_VERSION) --root $(CACHE)

$(PIP_AUDIT):
	$(PYTHON) -m venv --clear $(CACHE)/pip-audit-$(PIP_AUDIT_VERSION)
	$(@D)/python -m pip install --quiet pip-audit==$(PIP_AUDIT_VERSION)
