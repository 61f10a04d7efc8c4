# SPDX-License-Identifier: Apache-2.0

# What maintainers type beside `swift run` and `swift test`.

.PHONY: help check format lint warnings test sanitize thread-sanitize openmp import-check examples quickstart docs man \
    install install-library c-interface python scale-out benchmarks \
    check-allocations check-instructions check-perf check-tallies peers peers-networks peers-test scripts-test tables clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-20s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: ## Everything that must hold before a change is merged
	.ci/run

format: ## Format the Swift and C sources in place
	scripts/format.sh

lint: ## Check formatting and links
	scripts/format.sh --check
	scripts/check_links.py

warnings: ## Build anew; fail on a warning or on writable data in a kernel
	scripts/check_warnings.sh
	scripts/check_kernel_data.sh

test: ## The tests
	swift test

sanitize: ## Tests with AddressSanitizer and UndefinedBehaviorSanitizer
	scripts/sanitize.sh address

thread-sanitize: ## Tests of threads and plans with ThreadSanitizer
	scripts/sanitize.sh thread

openmp: ## Tests of threads, plans and conformance with the OpenMP executor (needs libomp)
	scripts/openmp.sh

import-check: ## Use the committed state from a package elsewhere
	scripts/import_check.sh

examples: ## Build and run the packages in Examples
	scripts/examples.sh

quickstart: ## Build and run Examples/Quickstart
	scripts/quickstart.sh

docs: ## Build the documentation into .build/documentation
	scripts/docs.sh

man: ## Write the manual page of convolve into .build/man
	scripts/manual.sh

install: ## Install convolve, its manual page and completions; PREFIX=$HOME/.local is the default
	scripts/install_tool.sh $(PREFIX)

install-library: ## Install the library for C and its header; PREFIX=$HOME/.local is the default
	scripts/install_library.sh $(PREFIX)

c-interface: ## Test the library from C
	scripts/ci/c_interface.sh

python: c-interface ## Test the Python package
	scripts/ci/python.sh

scale-out: python ## Many inputs by one worker and by two, one of which is killed
	scripts/ci/scale_out.sh

benchmarks: ## The suites of kernels and layers
	cd Benchmarks && swift package benchmark

check-allocations: ## Fail if a run of the suites' plans allocates
	scripts/check_allocations.sh

check-instructions: ## Count the AVX2 kernels' instructions under callgrind; ARGS=--update writes the baseline
	scripts/check_instructions.py $(ARGS)

check-perf: ## Fail if a layer is slower than at commit BASE (default: origin/main); ARGS="--filter 3x3 --threads 1,2"
	scripts/check_perf.sh $(or $(BASE),origin/main) $(ARGS)

check-tallies: ## How often convolve check is right about a kernel that is slowed on purpose
	scripts/check_tallies.py $(ARGS)

tables: ## Measure the mixed table of layers into .build/tables
	scripts/ci/tables.sh

peers: ## Time the other libraries in turns with convolve; ARGS="--quick" for a part, --help for more
	Benchmarks/peers/run.py $(ARGS)

peers-networks: ## Time whole networks, those of the examples, in turns with other libraries; ARGS="--networks resnet50"
	Benchmarks/peers/run.py networks $(ARGS)

peers-test: ## Tests of the comparison's own arithmetic and tables
	python3 -m unittest discover -s Benchmarks/peers -p 'test_*.py'

scripts-test: ## Tests of the Python scripts: the comparison and the instruction counts
	scripts/test_scripts.sh

clean: ## Remove everything that was built
	rm -rf .build .build-* Benchmarks/.build Benchmarks/Networks/.build Examples/*/.build
