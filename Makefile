# etinysim. `make help` lists the targets; nothing that CI runs cannot be run by hand.
PREFIX  ?= /usr/local
DESTDIR ?=
LIBDIR  ?= $(PREFIX)/lib
BUILD   ?= build
CC      := gcc

MODULES  := base isa sim costmodel workloads reports study
PKGS     := unicorn capstone sqlite3 yaml-0.1 libelf libdw libpng libcjson nettle libcmark-gfm
WARN     := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wcast-align=strict -Wnull-dereference \
            -Wdouble-promotion -Wimplicit-fallthrough
OPT      ?= -O2 -g
SAN      ?=
CPPFLAGS += -I. -Iinclude -D_GNU_SOURCE -DSOURCE_DIR='"$(CURDIR)"' -DBUILD_DIR='"$(abspath $(BUILD))"' \
            $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
CFLAGS   += -std=c11 $(OPT) $(WARN) $(SAN)
LDLIBS   += $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcmark-gfm-extensions -liberty -lm -lpthread

# Short lines; `make V=1` shows the commands.
Q        := $(if $(V),,@)
say       = $(if $(V),:,echo '  $(1)  $(2)')

# A module is a folder, or a folder of rooms. workloads/firmware/ is target code; only the reference kernels also run on the host.
LIB_SRC  := $(filter-out workloads/firmware/%,$(foreach m,$(MODULES),$(wildcard $(m)/*.c $(m)/*/*.c))) \
            workloads/firmware/nn_reference.c workloads/firmware/nn_detect.c \
            workloads/firmware/nn_tensor.c workloads/firmware/nn_exact.c workloads/firmware/offload_image.c
CLI_SRC  := $(wildcard cli/*.c)
TEST_SRC := $(wildcard tests/*/test_*.c)
TEST_SH  := $(wildcard tests/*/test_*.sh)
BENCHES  := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/bench_*.c)) $(wildcard tests/bench/bench_*.sh)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
TESTS    := $(TEST_SRC:%.c=$(BUILD)/%) $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(BUILD)/tests/fuzz/test_%)
API_SRC  := $(wildcard study/library/*.c)
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ  := $(CLI_SRC:%.c=$(BUILD)/%.o)

# The library that is installed: what include/etinysim/ declares and nothing else is visible.
VERSION  := $(shell sed -n 's/^\#define ETINYSIM_VERSION "\(.*\)"/\1/p' include/etinysim/version.h)
SONAME   := libetinysim.so.$(firstword $(subst ., ,$(VERSION)))
API_PKGS := unicorn capstone yaml-0.1 libelf libdw libcjson nettle
API_LIBS := -liberty -lm -lpthread

.PHONY: library

.PHONY: all help deps demo test lint format rtl synth activity asan memcheck bench evidence fuzz golden install clean
.DEFAULT_GOAL := all
all: $(BUILD)/etinysim

help:
	@echo 'make            build/etinysim'
	@echo 'make deps       install what packages.txt lists (Debian, root or sudo)'
	@echo 'make demo       deps, build, EtinyNet-1.0 on a simulated STM32F746'
	@echo 'make demo-system  an STM32L4R9 with a TinyNPU on its SPI, 30 frames of EtinyNet-1.0'
	@echo 'make test       deps, build, all tests          make asan    the same under ASan and UBSan'
	@echo 'make lint       rules of the tree               make bench   speed and memory figures'
	@echo 'make memcheck   all tests under valgrind, hours'
	@echo 'make format     lay out the C files by .clang-format'
	@echo 'make fuzz       short fuzzing run               make golden  rewrite the golden tables'
	@echo 'make mutate     changed numbers that no test notices (SAMPLE=n, SOURCES=n: every n-th)'
	@echo 'make evidence SOURCES=DIR   the simulator against published cycle counts, see docs/validation.md'
	@echo 'make rtl        the RTL beside the model, whole networks and random layers'
	@echo 'make synth      the RTL through yosys, make activity  energy by toggles; minutes'
	@echo 'make architecture  the picture of docs/architecture.md, from the #include lines'
	@echo 'make library    build/lib: libetinysim, static and shared'
	@echo 'make man        manual pages, in build/man'
	@echo 'make install    to $$(DESTDIR)$$(PREFIX)        make dist, make deb   an archive, Debian packages'

$(BUILD)/etinysim: $(CLI_OBJ) $(BUILD)/modules.a
	@$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

$(BUILD)/modules.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $^

# Of the modules, the libraries hold what the interface needs: a linker takes no more out of an archive.
library: $(BUILD)/lib/libetinysim.so.$(VERSION) $(BUILD)/lib/libetinysim.a $(BUILD)/lib/etinysim.pc
$(BUILD)/lib/libetinysim.so.$(VERSION): $(BUILD)/modules.a
	@mkdir -p $(@D)
	@$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,-z,defs -Wl,--as-needed $(API_SRC:%.c=$(BUILD)/%.o) $< \
	  $(shell pkg-config --libs $(API_PKGS) 2>/dev/null) $(API_LIBS) -Wl,--exclude-libs,ALL -o $@
# One object, in which the names of the modules are local: no name of theirs meets one of a program.
$(BUILD)/lib/libetinysim.a: $(BUILD)/modules.a
	@mkdir -p $(@D)
	@$(call say,AR,$@)
	@rm -f $@
	$(Q)ld -r $(API_SRC:%.c=$(BUILD)/%.o) $< -o $(BUILD)/lib/etinysim.o
	$(Q)objcopy --localize-hidden $(BUILD)/lib/etinysim.o
	$(Q)ar rcs $@ $(BUILD)/lib/etinysim.o
# Its prefix is that of `make install`, so it is written anew each time.
.PHONY: $(BUILD)/lib/etinysim.pc
$(BUILD)/lib/etinysim.pc:
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))' 'includedir=$${prefix}/include' 'datadir=$${prefix}/share/etinysim' '' \
	  'Name: etinysim' 'Description: Cortex-M simulator with cycle counts, and an analytic model of NPUs' 'Version: $(VERSION)' \
	  'Requires.private: $(API_PKGS)' 'Libs: -L$${libdir} -letinysim' 'Libs.private: $(API_LIBS)' 'Cflags: -I$${includedir}' >$@

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c $< -o $@

$(BUILD)/tests/%: tests/%.c $(BUILD)/modules.a
	@mkdir -p $(@D)
	@$(call say,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $< $(BUILD)/modules.a $(LDLIBS) -lcmocka -o $@

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

memcheck: $(BUILD)/etinysim $(TESTS)
	@BUILD=$(BUILD) tests/tools/memcheck.sh $(TESTS) $(TEST_SH)

lint:
	@BUILD=$(BUILD) tests/tools/lint.sh

# The picture of docs/architecture.md, from the #include lines. It carries the checksum of the graph it shows.
.PHONY: architecture
architecture:
	@mkdir -p $(BUILD)
	@tests/tools/architecture.py dot >$(BUILD)/architecture.dot
	@dot -Tsvg $(BUILD)/architecture.dot -o docs/architecture.svg
	@echo "<!-- graph $$(sha256sum <$(BUILD)/architecture.dot | cut -d' ' -f1) -->" >>docs/architecture.svg

# Lays out every C file by .clang-format, as `make lint` checks.
format:
	@git ls-files -z '*.c' '*.h' | xargs -0 -P2 -n40 clang-format -i

# EtinyNet-1.0 on a simulated STM32F746. The authors' weights serve where they are at hand, else fixed-seed ones.
demo: deps
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) tests/tools/demo.sh

.PHONY: demo-system
demo-system: deps
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) tests/tools/demo_system.sh

# Lines `bench: NAME VALUE UNIT target <=T`, ratios within one run.
bench: deps
	@$(MAKE) --no-print-directory run-bench
.PHONY: run-bench
run-bench: $(BUILD)/etinysim $(filter $(BUILD)/%,$(BENCHES))
	@rc=0; for b in $(BENCHES); do BUILD=$(BUILD) $$b || rc=1; done; exit $$rc

# Every tests/fuzz/fuzz_X.c defines LLVMFuzzerTestOneInput. Here: libFuzzer for FUZZ_SECONDS each, with ASan and UBSan
# (needs clang and its runtime). `make test` replays seeds and their mutations through the same targets.
FUZZ_SECONDS ?= 20
fuzz: $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/%)
	@rc=0; for f in $^; do n=$$(basename $$f); mkdir -p build/fuzz/corpus/$$n; \
	  $$f -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048 -timeout=10 build/fuzz/corpus/$$n $$(ls -d tests/fuzz/seeds/$$n 2>/dev/null) 2>&1 | tail -n 2 || rc=1; \
	  done; exit $$rc
build/fuzz/%: tests/fuzz/%.c $(LIB_SRC)
	@command -v clang >/dev/null || { echo 'make fuzz needs clang and libclang-rt-14-dev'; exit 1; }
	@mkdir -p build/fuzz
	clang -std=c11 -O1 -g $(CPPFLAGS) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined $^ $(LDLIBS) -o $@

# Replays seeds and mutations of them under the normal build: tests/fuzz/replay.c is the driver.
$(BUILD)/tests/fuzz/test_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(BUILD)/modules.a
	@mkdir -p $(@D)
	@$(call say,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) -DFUZZ_NAME='"fuzz_$*"' $(CFLAGS) $^ $(LDLIBS) -o $@

# Changes every number of the tables and a sample of the C sources, and lists what no test notices. SAMPLE=n: every n-th
# entry, SOURCES=n: every n-th source change; tests/mutate/mutate.py has more.
.PHONY: mutate
mutate: export MUTATE_CC = $(CC) $(CPPFLAGS) $(CFLAGS) -w
mutate: export MUTATE_LIBS = $(LDLIBS)
mutate: $(BUILD)/etinysim $(patsubst %.c,$(BUILD)/%,$(wildcard tests/micro/test_*.c))
	@BUILD=$(BUILD) tests/mutate/mutate.py

# Predicted against published cycles, of the programs built below $(SOURCES); EVIDENCE='--write FILE' puts tables in it.
evidence: $(BUILD)/etinysim
	@python3 tests/evidence/evidence.py tests/evidence/rows.tsv $(BUILD)/etinysim "$(SOURCES)" $(EVIDENCE)

# Simulates the RTL of costmodel/rtl/ beside the model: lines `rtl: NETWORK L layers, C cycles differ, ...`.
rtl: $(BUILD)/etinysim
	@BUILD=$(BUILD) tests/npu/rtl.sh all

# What yosys makes of the designs of tests/npu/synth_designs.txt: `synth: ACCELERATOR dsp N bram36 N lut N ff N levels N`.
# RESULTS=F: as lines of costmodel/synthesis.yaml, too. Half an hour of one core.
synth: $(BUILD)/etinysim
	@BUILD=$(BUILD) tests/npu/synth.sh

# Energy by activity beside the access-count model: toggles from a simulation, cells from yosys.
activity: $(BUILD)/etinysim
	@BUILD=$(BUILD) tests/npu/activity.sh

# Rewrites the golden tables; review the diff.
golden: $(BUILD)/etinysim
	@for t in $(wildcard tests/golden/test_*.sh); do GOLDEN=write BUILD=$(BUILD) $$t >/dev/null || exit 1; done; git diff --stat tests/golden

# What the program reads at run time, by pattern: a tree without git knows it, too. tests/install compares it with the tree.
DATA := $(sort $(wildcard isa/cores/*.yaml sim/*.yaml sim/*/*.yaml costmodel/*.yaml costmodel/*/*.yaml $(filter-out %.def,$(wildcard costmodel/rtl/*)) \
        workloads/networks/*.yaml workloads/sweeps/*.yaml workloads/models/*.params workloads/firmware/*.[chS] workloads/firmware/*.ld* \
        reports/*.yaml reports/*.sql reports/*/*.sql reports/plots/*.gp reports/html/report.* study/*.yaml))
.PHONY: manifest version
version:
	@echo $(VERSION)
manifest:
	@printf '%s\n' $(DATA)

# Manual pages and completions, printed by the program itself from the rows that --help shows.
COMMANDS := $(shell sed -n 's/^COMMAND(\(.*\))/\1/p' cli/commands.def)
MAN      := $(BUILD)/man/etinysim.1 $(COMMANDS:%=$(BUILD)/man/etinysim-%.1)
.PHONY: man
man: $(MAN)
$(BUILD)/man/etinysim.1: $(BUILD)/etinysim
	@mkdir -p $(@D)
	$(Q)$< help --man >$@
$(BUILD)/man/etinysim-%.1: $(BUILD)/etinysim
	@mkdir -p $(@D)
	$(Q)$< help $* --man >$@

install: all library man
	install -Dm755 $(BUILD)/etinysim $(DESTDIR)$(PREFIX)/bin/etinysim
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(MAN)
	@mkdir -p $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	$(BUILD)/etinysim completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/etinysim
	$(BUILD)/etinysim completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_etinysim
	install -Dm644 -t $(DESTDIR)$(PREFIX)/include/etinysim include/etinysim/*.h
	install -Dm644 -t $(DESTDIR)$(LIBDIR) $(BUILD)/lib/libetinysim.a
	install -Dm755 -t $(DESTDIR)$(LIBDIR) $(BUILD)/lib/libetinysim.so.$(VERSION)
	ln -sf libetinysim.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libetinysim.so
	install -Dm644 -t $(DESTDIR)$(LIBDIR)/pkgconfig $(BUILD)/lib/etinysim.pc
	@set -e; for f in $(DATA); do if [ -x $$f ]; then m=755; else m=644; fi; install -Dm$$m $$f $(DESTDIR)$(PREFIX)/share/etinysim/$$f; done

# build/etinysim-VERSION.tar.gz: what git lists (without git: all but build/), the same bytes from the same files.
DIST := build/etinysim-$(VERSION)
.PHONY: dist deb
dist:
	@mkdir -p build
	@{ git ls-files -z -c -o --exclude-standard 2>/dev/null || find . -path ./build -prune -o -type f -printf '%P\0'; } | \
	  tar c --null -T - --ignore-failed-read --sort=name --mtime=@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 1577836800)} --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw \
	  --transform='s,^,etinysim-$(VERSION)/,S' 2>/dev/null | gzip -9n >$(DIST).tar.gz
	@echo $(DIST).tar.gz

# build/deb/*.deb, from the archive and packaging/debian/.
deb: dist
	@command -v dh >/dev/null || { echo 'make deb needs debhelper'; exit 1; }
	@rm -rf build/deb && mkdir -p build/deb && tar xzf $(DIST).tar.gz -C build/deb
	@cp -r packaging/debian build/deb/etinysim-$(VERSION)/debian
	@cd build/deb/etinysim-$(VERSION) && sed -n '/^etinysim (/,$$p' debian/changelog | head -n 1 | grep -qF '($(VERSION))' || \
	  { echo 'packaging/debian/changelog: the first entry is not of $(VERSION)'; exit 1; }
	@cd build/deb/etinysim-$(VERSION) && dpkg-buildpackage --no-sign -b $(DEB) >../build.log 2>&1 || { tail -n 20 ../build.log; exit 1; }
	@ls build/deb/*.deb

clean:
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TESTS:%=%.d)
