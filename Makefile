# etinysim. `make help` lists the targets; nothing that CI runs cannot be run by hand.
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
CC      := gcc

MODULES  := base isa sim costmodel workloads reports
PKGS     := unicorn capstone sqlite3 yaml-0.1 libelf libdw libpng libcjson nettle
WARN     := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wcast-align=strict -Wnull-dereference \
            -Wdouble-promotion -Wimplicit-fallthrough
OPT      ?= -O2 -g
SAN      ?=
CPPFLAGS += -I. -D_GNU_SOURCE -DSOURCE_DIR='"$(CURDIR)"' -DDATA_DIR='"$(PREFIX)/share/etinysim"' \
            $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
CFLAGS   += -std=c11 $(OPT) $(WARN) $(SAN)
LDLIBS   += $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm -lpthread

# workloads/firmware/ is target code; only the reference kernels also run on the host.
LIB_SRC  := $(foreach m,$(MODULES),$(wildcard $(m)/*.c)) $(wildcard workloads/firmware/nn_reference.c)
CLI_SRC  := $(wildcard cli/*.c)
TEST_SRC := $(wildcard tests/*/test_*.c)
TEST_SH  := $(wildcard tests/*/test_*.sh)
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ  := $(CLI_SRC:%.c=$(BUILD)/%.o)
TESTS    := $(TEST_SRC:%.c=$(BUILD)/%)

.PHONY: all help deps demo test lint asan bench fuzz golden install clean
.DEFAULT_GOAL := all
all: $(BUILD)/etinysim

help:
	@echo 'make            build/etinysim'
	@echo 'make deps       install what packages.txt lists (Debian, root or sudo)'
	@echo 'make demo       deps, build, EtinyNet-1.0 on a simulated STM32F746'
	@echo 'make test       deps, build, all tests          make asan    the same under ASan and UBSan'
	@echo 'make lint       rules of the tree               make bench   speed and memory figures'
	@echo 'make fuzz       short fuzzing run               make golden  rewrite the golden tables'
	@echo 'make install    to $$(DESTDIR)$$(PREFIX)'

$(BUILD)/etinysim: $(CLI_OBJ) $(BUILD)/libetinysim.a
	$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

$(BUILD)/libetinysim.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/%: tests/%.c $(BUILD)/libetinysim.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $< $(BUILD)/libetinysim.a $(LDLIBS) -lcmocka -o $@

# Installs only what is missing; does nothing (and needs no root) when all is there.
deps:
	@tests/tools/deps.sh packages.txt

test: deps
	@$(MAKE) --no-print-directory check

.PHONY: check
check: $(BUILD)/etinysim $(TESTS)
	@BUILD=$(BUILD) tests/tools/run-tests.sh $(TESTS) $(TEST_SH)

asan:
	@$(MAKE) --no-print-directory BUILD=build/asan OPT='-O1 -g -fno-omit-frame-pointer' \
	  SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' test

lint:
	@tests/tools/lint.sh

install: all
	install -Dm755 $(BUILD)/etinysim $(DESTDIR)$(PREFIX)/bin/etinysim
	@for f in $$(git ls-files 'isa/cores' 'sim/boards' 'costmodel/*.yaml' 'workloads/*.yaml' 'workloads/firmware' 'reports/*.sql' \
	   'reports/plots' 2>/dev/null); do install -Dm644 $$f $(DESTDIR)$(PREFIX)/share/etinysim/$$f; done

clean:
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TESTS:%=%.d)
