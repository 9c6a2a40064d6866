# kltools: small Unix filters for probability distributions.
# Filters (cmd/*.c), library files (lib/*/*.c), tests (tests/*/test_*.c) and man pages are found here, never listed.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
CFLAGS ?= -O2 -g
BUILD ?= build
BIN ?= bin
FUZZ_SECONDS ?= 60

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-psabi
# One rounding per operation: the same bytes on every instruction set.
ARITHMETIC = -ffp-contract=off -fno-math-errno -fno-trapping-math -fopenmp-simd
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -Ilib $(WARNINGS) $(ARITHMETIC) -pthread $(CFLAGS) $(EXTRA_CFLAGS)
ALL_LDFLAGS = -pthread -Wl,--as-needed $(LDFLAGS) $(EXTRA_LDFLAGS)
LDLIBS = -lz -lm

FILTERS := $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
BINARIES := $(FILTERS:%=$(BIN)/%)
LIBRARY := $(BUILD)/libkltools.a
LIBRARY_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*/*.c))
SUPPORT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*/test_*.c))
PAGES := $(wildcard man/*.[17])

.PHONY: all check check-run demo bench bench-check repro fuzz sanitize lint coverage layers static install uninstall clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BINARIES)

$(BIN)/%: $(BUILD)/cmd/%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(LIBRARY) $(ALL_LDFLAGS) $(LDLIBS)

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Rebuild everything when the compiler or its flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' > $@
.PHONY: FORCE
FORCE:

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT_OBJECTS) $(LIBRARY)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(SUPPORT_OBJECTS) $(LIBRARY) $(ALL_LDFLAGS) -lcmocka $(LDLIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD) $(BIN)
