# kltools: small Unix filters for probability distributions.
# Filters (cmd/*.c), library files (lib/*/*.c), tests (tests/*/test_*.c), fuzz targets (scripts/fuzz/fuzz_*.c) and
# man pages are found here, never listed.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
CFLAGS ?= -O2 -g
BUILD ?= build
BIN ?= bin
FUZZ_SECONDS ?= 60
SIZE ?= full
JOBS ?= $(shell nproc)
# What --version prints.
VERSION := $(shell sed -n 's/.*define KLTOOLS_VERSION "\(.*\)"/\1/p' lib/base/command.h)
MAKEFLAGS += --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-psabi
# One rounding per operation: the same bytes on every instruction set.
ARITHMETIC = -ffp-contract=off -fno-math-errno -fno-trapping-math -fopenmp-simd
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -Ilib $(WARNINGS) $(ARITHMETIC) -pthread $(CPPFLAGS) $(CFLAGS) $(EXTRA_CFLAGS)
ALL_LDFLAGS = -pthread -Wl,--as-needed $(LDFLAGS) $(EXTRA_LDFLAGS)
LDLIBS = -lz -lm
COMPILE = $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

FILTERS := $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
BINARIES := $(FILTERS:%=$(BIN)/%)
LIBRARY := $(BUILD)/libkltools.a
LIBRARY_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*/*.c))
SUPPORT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*/test_*.c))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard scripts/fuzz/fuzz_*.c))
# What runs a fuzz target on files; a fuzzing engine brings its own.
FUZZ_MAIN ?= $(BUILD)/scripts/fuzz/driver.o
FUZZ_OBJECTS = $(BUILD)/scripts/fuzz/input.o $(FUZZ_MAIN)
# Hostile command lines for the filters.
FUZZ_COMMANDS := $(BUILD)/scripts/fuzz/commands
COMMANDS_OBJECTS := $(patsubst %,$(BUILD)/scripts/fuzz/%.o,commands trial command_line file_mutation input)
FAULTS := $(BUILD)/tests/faults/faults.so
BENCH_TOOLS := $(patsubst %.c,$(BUILD)/%,$(wildcard scripts/bench/*.c))
SCRIPTED_TESTS := tests/examples tests/pages tests/completions tests/linking tests/install tests/dist \
	tests/experiment
PAGES := $(wildcard man/*.[17])
COMPLETIONS := $(BUILD)/completions/done

# A command is shown by its short name, or in full with V=1.
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2);)

.PHONY: all check check-run check-slurm completions demo bench bench-start bench-check repro fuzz sanitize \
	sanitized-filters thread-sanitize valgrind lint layers coverage static install uninstall dist check-dist deb \
	check-deb clean help FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BINARIES) ## build every filter into bin/

$(BIN)/%: $(BUILD)/cmd/%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(ALL_CFLAGS) -o $@ $< $(LIBRARY) $(ALL_LDFLAGS) $(LDLIBS)

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE)

# Rebuild everything when the compiler or its flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' > $@

# Rows of test tables name the members they need.
$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) -Itests -Wno-missing-field-initializers

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT_OBJECTS) $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(ALL_CFLAGS) -o $@ $< $(SUPPORT_OBJECTS) $(LIBRARY) $(ALL_LDFLAGS) -lcmocka $(LDLIBS)

$(BUILD)/scripts/fuzz/%: $(BUILD)/scripts/fuzz/%.o $(FUZZ_OBJECTS) $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(ALL_CFLAGS) -o $@ $< $(FUZZ_OBJECTS) $(LIBRARY) $(ALL_LDFLAGS) $(LDLIBS)

$(FUZZ_COMMANDS): $(COMMANDS_OBJECTS) $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(ALL_CFLAGS) -o $@ $(COMMANDS_OBJECTS) $(LIBRARY) $(ALL_LDFLAGS) $(LDLIBS)

$(BUILD)/scripts/bench/%: $(BUILD)/scripts/bench/%.o $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(ALL_CFLAGS) -o $@ $< $(LIBRARY) $(ALL_LDFLAGS) $(LDLIBS)

# Preloaded by tests/filters/test_faults.c, or linked into the filters by a sanitizer's build.
$(FAULTS): tests/faults/faults.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $< -ldl

completions: $(COMPLETIONS) ## write completion files for bash, zsh and fish into build/completions
$(COMPLETIONS): scripts/completions $(BINARIES)
	@scripts/completions $(@D) $(BINARIES)
	@touch $@

check: ## install what is missing, build, run all tests
	@scripts/deps build
	@$(MAKE) check-run

# Too slow under ThreadSanitizer, which has nothing to find there.
FAULTS_HOW = $(if $(SANITIZER),$(if $(filter sanitize,$(SANITIZER)),wrapped),$(abspath $(FAULTS)))

check-run: all completions $(TESTS) $(FUZZERS) $(FUZZ_COMMANDS) $(if $(SANITIZER),,$(FAULTS))
	@BIN=$(BIN) BUILD=$(BUILD) LOGS=$(BUILD)/tests/logs FAULTS=$(FAULTS_HOW) \
		tests/run $(TESTS) $(FUZZERS) $(FUZZ_COMMANDS) $(SCRIPTED_TESTS)

check-slurm: all ## run the array jobs of scripts/slurm under a Slurm of this machine alone, and by GNU parallel
	@scripts/deps build slurm
	@SECONDS_EACH=1200 BIN=$(BIN) LOGS=$(BUILD)/tests/logs-slurm scripts/slurm/local-cluster tests/run tests/slurm

demo: ## install what is missing, build, show the filters at work
	@scripts/deps build
	@$(MAKE) all
	@PATH="$(abspath $(BIN)):$$PATH" scripts/demo

bench: all $(BENCH_TOOLS) ## time every workload against its peers (SIZE=small: a few seconds)
	@BIN=$(BIN) scripts/bench/run $(SIZE)

bench-start: all $(BENCH_TOOLS) ## what starting up costs: every filter on ten rows
	@BIN=$(BIN) BUILD=$(BUILD) scripts/bench/start

bench-check: all $(BENCH_TOOLS) ## fail where a workload is 20 % slower against its limit than the stored figure
	@BIN=$(BIN) scripts/bench/check

repro: all ## recompute figures of the papers and print their claims as a table (ONLY=27: of one)
	@BIN=$(BIN) CLAIMS=$(BUILD)/repro/claims.csv scripts/repro/run $(ONLY)

fuzz: ## run each fuzz target, and hostile command lines, for FUZZ_SECONDS (60)
	@scripts/deps fuzz
	+@scripts/fuzz/run $(FUZZ_SECONDS)

# A goal (usually the suite again) built with a sanitizer: $(1) its flags, $(2) its name, $(3) the goal.
sanitized = SECONDS_EACH=900 $(MAKE) $(3) SANITIZER=$(2) BUILD=build/$(2) BIN=build/$(2)/bin \
	CFLAGS='-O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=$(1)'
# Calls of the filters that tests/faults/faults.c can make fail there.
WRAPPED = malloc calloc realloc aligned_alloc read pread write pwrite open close rename lseek poll mmap pthread_create
ifdef SANITIZER
export SANITIZER
$(BINARIES): $(BUILD)/tests/faults/faults.o
$(BUILD)/tests/faults/faults.o: private EXTRA_CFLAGS += -DFAULTS_WRAPPED
$(BINARIES): private ALL_LDFLAGS += $(BUILD)/tests/faults/faults.o $(WRAPPED:%=-Wl,--wrap=%)
endif

sanitize: ## the whole suite under AddressSanitizer and UndefinedBehaviorSanitizer
	+@ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:exitcode=99:allocator_may_return_null=1 \
		UBSAN_OPTIONS=print_stacktrace=1:exitcode=99 \
		$(call sanitized,address$(comma)undefined,sanitize,check-run)

sanitized-filters: ## the filters built so, into build/sanitize/bin
	+@$(call sanitized,address$(comma)undefined,sanitize,all)

thread-sanitize: ## the whole suite under ThreadSanitizer
	+@TSAN_OPTIONS=exitcode=99:allocator_may_return_null=1 $(call sanitized,thread,thread-sanitize,check-run)

comma := ,

# Each filter under its name runs in valgrind; whatever test is run with them then is.
VALGRIND := build/valgrind
valgrind: all $(BUILD)/tests/filters/test_every_filter ## what each filter does in an instant, in valgrind's memcheck
	@scripts/deps valgrind
	@mkdir -p $(VALGRIND)
	@for filter in $(FILTERS); do \
		printf '#!/bin/sh\nexec valgrind -q --leak-check=full --error-exitcode=99 %s "$$@"\n' \
			"$(abspath $(BIN))/$$filter" >$(VALGRIND)/$$filter && chmod +x $(VALGRIND)/$$filter || exit 1; \
	done
	@BIN=$(VALGRIND) LOGS=$(VALGRIND)/logs SECONDS_EACH=1800 tests/run $(BUILD)/tests/filters/test_every_filter

lint: ## clang-format, clang's warnings, cppcheck, mandoc and shellcheck
	@scripts/deps lint
	@FLAGS='$(ALL_CFLAGS)' scripts/lint

layers: ## check that includes only point down the floors of lib/
	@scripts/layers

coverage: ## the lines that the suite reaches, a row a file
	@scripts/deps coverage
	@$(MAKE) check-run BUILD=build/coverage BIN=build/coverage/bin FAULTS= CFLAGS='-O0 -g --coverage'
	@gcovr --root . --filter 'lib/' --filter 'cmd/' build/coverage

# One executable on the archives, with a link a filter in build/static/bin.
STATIC := build/static
STATIC_OBJECTS = $(FILTERS:%=$(STATIC)/cmd/%.o) $(STATIC)/libkltools.a
STATIC_ARCHIVES = $(foreach name,openblas gfortran quadmath,$(wildcard $(shell $(CC) -print-file-name=lib$(name).a)))

# Each is run within 128 MiB, which a thread of OpenBLAS alone would take.
static: ## one static executable, build/static/kltools, and a link a filter in build/static/bin
	@scripts/deps build
	@$(MAKE) BUILD=$(STATIC) EXTRA_CFLAGS='-DBLAS_LINKED -DGZIP_ZLIB_ONLY' $(STATIC)/kltools
	@mkdir -p $(STATIC)/bin
	@for filter in $(FILTERS); do ln -sf ../kltools $(STATIC)/bin/$$filter || exit 1; done
	@ulimit -v 131072; for filter in $(FILTERS); do \
		timeout 20 $(STATIC)/bin/$$filter --version >/dev/null || exit 1; \
	done

$(STATIC)/cmd/%.o: cmd/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) -Dmain=$*_main

$(STATIC)/kltools: scripts/dispatcher $(STATIC_OBJECTS)
	@scripts/dispatcher $(FILTERS) > $(STATIC)/dispatcher.c
	$(call say,LINK,$@)$(CC) $(ALL_CFLAGS) -static -o $@ $(STATIC)/dispatcher.c $(STATIC_OBJECTS) \
		$(ALL_LDFLAGS) $(STATIC_ARCHIVES) $(LDLIBS)

SHARE = $(DESTDIR)$(PREFIX)/share
ZSH_FUNCTIONS ?= zsh/site-functions

install: all completions ## install filters, man pages and completions under PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/man/man7 $(SHARE)/bash-completion/completions \
		$(SHARE)/$(ZSH_FUNCTIONS) $(SHARE)/fish/vendor_completions.d
	install $(BINARIES) $(DESTDIR)$(PREFIX)/bin
	for page in $(PAGES); do install -m 644 $$page $(SHARE)/man/man$${page##*.}; done
	install -m 644 $(BUILD)/completions/bash/* $(SHARE)/bash-completion/completions
	install -m 644 $(BUILD)/completions/zsh/* $(SHARE)/$(ZSH_FUNCTIONS)
	install -m 644 $(BUILD)/completions/fish/* $(SHARE)/fish/vendor_completions.d

uninstall: ## remove what install installed
	for page in $(PAGES); do rm -f $(SHARE)/man/man$${page##*.}/$${page##*/}; done
	for filter in $(FILTERS); do \
		rm -f $(DESTDIR)$(PREFIX)/bin/$$filter $(SHARE)/bash-completion/completions/$$filter \
			$(SHARE)/$(ZSH_FUNCTIONS)/_$$filter $(SHARE)/fish/vendor_completions.d/$$filter.fish; \
	done

TARBALL := $(BUILD)/kltools-$(VERSION).tar.gz
DEB := $(BUILD)/deb
DEB_BUILD_OPTIONS ?= nocheck

dist: ## build/kltools-VERSION.tar.gz, the sources of the last commit: the same bytes from every clone
	@scripts/dist $(VERSION) $(TARBALL)

check-dist: dist ## unpack the tarball, build it and run all tests
	@rm -rf $(BUILD)/dist && mkdir -p $(BUILD)/dist && tar -xzf $(TARBALL) -C $(BUILD)/dist
	@env -u BUILD -u BIN $(MAKE) -C $(BUILD)/dist/kltools-$(VERSION) check

deb: dist ## a Debian package in build/deb, looked at by lintian
	@scripts/deps deb
	@DEB_BUILD_OPTIONS='$(DEB_BUILD_OPTIONS)' scripts/deb $(VERSION) $(TARBALL) $(DEB)

check-deb: deb ## install the package in a clean Debian (as root, in a folder of debootstrap) and try it
	@scripts/deb-check $(DEB)/kltools_$(VERSION)-1_*.deb $(DEB)/root

clean: ## remove all that was built
	rm -rf $(BUILD) $(BIN)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' Makefile

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
