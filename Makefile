# SPDX-License-Identifier: Apache-2.0
# `make` builds, `make check` passes the tests; `make help` lists the rest.
CC ?= gcc
CXX ?= g++
ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
B := build
# V=1 shows commands; else a line names what is made.
Q := $(if $(V),,@)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),@:,@printf '  %-4s %s\n' $(1) '$@')
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla
ifdef CI
WARN += -Werror
endif
# Guards that cost the hot path nothing; a sanitizer has its own, and larger frames. No frame may be
# one that a small stack cannot hold.
OPTIMISED := $(filter -O1 -O2 -O3 -Os,$(CFLAGS))
GUARDS := $(if $(findstring -fsanitize,$(CFLAGS)),,-Wframe-larger-than=32768 \
  $(if $(OPTIMISED),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) \
  $(shell $(CC) -Werror -fcf-protection=return -E -x c /dev/null > /dev/null 2>&1 && echo -fcf-protection=return))
LINK_GUARDS := -Wl,-z,relro,-z,now,-z,noexecstack
ALL_CFLAGS := -std=gnu17 -D_GNU_SOURCE -I. -Iinclude -fPIC -fvisibility=hidden -MMD -MP $(WARN) $(GUARDS) $(CFLAGS)

VERSION := $(shell cat VERSION)
PREFIX ?= /usr/local
DESTDIR ?=
BINDIR := $(DESTDIR)$(PREFIX)/bin
LIBDIR := $(DESTDIR)$(PREFIX)/lib
INCLUDEDIR := $(DESTDIR)$(PREFIX)/include
DOCDIR := $(DESTDIR)$(PREFIX)/share/doc/snarl

COMMON := $(patsubst %.c,$(B)/%.o,$(wildcard base/*.c graph/*.c detect/*.c))
RACE := $(patsubst %.c,$(B)/%.o,$(wildcard race/*.c))
TSAN := $(patsubst %.c,$(B)/%.o,$(wildcard race/tsan/*.c))
SHIM := $(patsubst %.c,$(B)/%.o,$(wildcard interpose/*.c))
REPORT := $(patsubst %.c,$(B)/%.o,$(wildcard report/*.c outside/*.c))
COMMAND := $(patsubst %.c,$(B)/%.o,$(wildcard cli/*.c)) $(REPORT)
comma := ,
CHANNEL := $(patsubst %.c,$(B)/%.o,$(wildcard channel/*.c))
MAKERS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/*_maker.c))
UNITS := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c))
BENCH := $(addprefix $(B)/bench/,lock cpu passthrough.so pool objects churn tables) $(B)/tests/real/load
BENCH_TSAN := $(B)/bench/lock-tsan $(B)/bench/pool-tsan
COMMAND_LIBS := -ldw -lelf -ljansson -lstdc++ -lpthread

.PHONY: all
STAND_INS := $(patsubst %,$(B)/snarl-race/libtsan.so.%,0 1 2)
all: $(B)/libsnarl.so $(B)/snarl $(B)/libsnarl-channel.so $(B)/libsnarl-race.so $(STAND_INS)

# Objects are made again when the compiler or its options change, so that `make CC=clang` after
# `make`, or CI=true after neither, never mixes two kinds in one folder.
FLAGS_NOW := $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(VERSION)
$(B)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' > $@
.PHONY: FORCE
FORCE:

$(B)/%.o: %.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA) -c -o $@ $<

# clang has no such pass, and no such option.
NO_SHRINK_WRAP := $(shell $(CC) -Werror -fno-shrink-wrap -E -x c /dev/null > /dev/null 2>&1 && echo -fno-shrink-wrap)

# The hot path and what it calls must not touch what a signal handler of the program might have in
# use, and their frames must be findable: frame pointers, and no call to the stack protector.
# General registers only: gcc passes a pair of words on by storing each and loading both into one
# vector register, which no processor forwards; that alone made a trylock 2.5 times bare.
$(B)/interpose/%.o: EXTRA := -fno-omit-frame-pointer $(NO_SHRINK_WRAP) -fexceptions -ftls-model=initial-exec -fno-stack-protector -mgeneral-regs-only

# Every access of a program passes by here: no frame, and nothing but general registers in use. A call of
# memcpy in a function of that name must not become one of itself.
$(B)/race/%.o: EXTRA := -fomit-frame-pointer -ftls-model=initial-exec -fno-stack-protector -mcx16 -fexceptions

$(B)/race/tsan/memory.o $(B)/race/tsan/calls.o: EXTRA += -fno-builtin

$(B)/cli/%.o $(B)/report/%.o: EXTRA := -DSNARL_VERSION='"$(VERSION)"'

# What the page of a report has in it.
$(B)/report/html.o: report/html.css report/html.js

$(B)/libcommon.a: $(COMMON)
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcs $@ $^

$(B)/libsnarl.so: $(SHIM) $(B)/libcommon.a interpose/exports.map
	$(call say,LINK)
	$(Q)$(CC) -shared -Wl,-soname,libsnarl.so -Wl,--version-script=interpose/exports.map $(LINK_GUARDS) \
	  -Wl,--no-undefined $(CFLAGS) $(LDFLAGS) -o $@ $(SHIM) $(B)/libcommon.a -ldl -lpthread

$(B)/snarl: $(COMMAND) $(B)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) -pie $(LINK_GUARDS) $(LDFLAGS) -o $@ $(COMMAND) $(B)/libcommon.a $(COMMAND_LIBS)

# The front for programs compiled with -fsanitize=thread. It lives beside the shim, which tells it of all
# synchronisation.
$(B)/libsnarl-race.so: $(RACE) $(TSAN)
	$(call say,LINK)
	$(Q)$(CC) -shared -Wl,-soname,libsnarl-race.so $(LINK_GUARDS) -Wl,--no-undefined -Wl,-z,nodelete $(CFLAGS) $(LDFLAGS) \
	  -o $@ $(RACE) $(TSAN) -ldl -lpthread

# What programs need by that name, to be preloaded before the loader looks for it: empty.
$(B)/snarl-race/libtsan.so.%: $(B)/.flags
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) -shared -nostdlib -Wl,-soname,libtsan.so.$* $(LINK_GUARDS) -x c /dev/null -o $@

# The channel library stands alone: libc, and nothing of the detector.  (What a sanitizer adds is in
# the program only.)
$(B)/libsnarl-channel.so: $(CHANNEL)
	$(call say,LINK)
	$(Q)$(CC) -shared -Wl,-soname,libsnarl-channel.so $(LINK_GUARDS) -Wl,-z,nodelete $(CFLAGS) $(LDFLAGS) \
	  $(if $(findstring -fsanitize,$(CFLAGS)),,-Wl$(comma)--no-undefined) -o $@ $(CHANNEL) -lpthread

# Its tests link the shared object and use what it exports; the runner runs them.
$(B)/tests/channel/%: tests/channel/%.c $(B)/libsnarl-channel.so $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< -L$(B) -lsnarl-channel -Wl,-rpath,'$(abspath $(B))' -lcmocka -lpthread
CHANNEL_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/channel/test_*.c))
.PHONY: channel-tests
channel-tests: $(CHANNEL_TESTS)

# Unit tests: each tests/unit/test_*.c is a program of its own.
.SECONDARY:
$(B)/tests/unit/test_%: $(B)/tests/unit/test_%.o $(MAKERS) $(REPORT) $(RACE) $(B)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(MAKERS) $(REPORT) $(RACE) $(B)/libcommon.a -lcmocka -lunwind $(COMMAND_LIBS)

# Programs for tests and measurements; they link nothing of ours.
$(B)/bench/channel: bench/channel.c $(B)/libsnarl-channel.so $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< -L$(B) -lsnarl-channel -Wl,-rpath,'$(abspath $(B))' -lpthread

# bench/lock.c with its cases; -tsan: the same built with ThreadSanitizer, to compare with.
CXXFLAGS_BENCH := -std=c++17 -O2 -g -I. -Wall -Wextra $(if $(CI),-Werror) -MMD -MP
LOCK := $(patsubst bench/%.c,$(B)/bench/%.o,$(wildcard bench/lock*.c)) $(B)/bench/lock_cpp.o
$(B)/bench/lock_cpp.o: bench/lock_cpp.cc $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX) $(CXXFLAGS_BENCH) -c -o $@ $<
$(B)/bench/lock: $(LOCK)
	$(call say,LINK)
	$(Q)$(CXX) $(LDFLAGS) -o $@ $^ -lpthread
$(B)/bench/lock-tsan: $(wildcard bench/lock*) $(B)/.flags
	@mkdir -p $(B)/bench/tsan
	set -e; for f in $(patsubst bench/%.c,%,$(wildcard bench/lock*.c)); do \
	  $(CC) $(ALL_CFLAGS) -fsanitize=thread -c -o $(B)/bench/tsan/$$f.o bench/$$f.c; done
	$(CXX) $(CXXFLAGS_BENCH) -fsanitize=thread -o $@ bench/lock_cpp.cc $(B)/bench/tsan/lock*.o -lpthread
$(B)/bench/pool: bench/pool.cc $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX) $(CXXFLAGS_BENCH) -o $@ $< -lpthread
$(B)/bench/pool-tsan: bench/pool.cc $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX) $(CXXFLAGS_BENCH) -fsanitize=thread -o $@ $< -lpthread
$(B)/bench/passthrough.so: bench/passthrough.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -shared -o $@ $< -ldl

$(B)/bench/%: bench/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< -lpthread -lm

$(B)/tests/real/%: tests/real/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< -lpthread

$(B)/tests/real/%: tests/real/%.cc $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX) -std=c++17 -O2 -g -Wall -Wextra -MMD -MP -o $@ $< -lpthread

REAL := $(patsubst tests/real/%.c,$(B)/tests/real/%,$(wildcard tests/real/*.c)) \
	$(patsubst tests/real/%.cc,$(B)/tests/real/%,$(wildcard tests/real/*.cc))

# Everything that the tests run, side by side; a call without -j uses all cores.
SIDE_BY_SIDE = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
CHANNEL_SANITIZED := channel-asan channel-ubsan channel-tsan
.PHONY: check-programs programs $(CHANNEL_SANITIZED)
check-programs: all $(UNITS) $(REAL) $(B)/bench/lock $(B)/bench/channel channel-tests programs $(CHANNEL_SANITIZED)
programs: $(B)/libsnarl-channel.so
	@+$(MAKE) -s -k -f tests/programs.mk B='$(B)' CC='$(CC)' CXX='$(CXX)'
channel-asan: SANITIZER := -fsanitize=address -fno-sanitize-recover=all
channel-ubsan: SANITIZER := -fsanitize=undefined -fno-sanitize-recover=all
channel-tsan: SANITIZER := -fsanitize=thread
$(CHANNEL_SANITIZED):
	@+$(MAKE) -s -k B='$(B)/$(@:channel-%=%)' CFLAGS='-O1 -g -fno-omit-frame-pointer $(SANITIZER)' \
	  LDFLAGS='$(SANITIZER)' $(if $(filter channel-asan,$@),channel-tests patterns,channel-tests)
# The patterns' programs with the sanitizer of this build in them.
.PHONY: patterns
patterns: $(B)/libsnarl-channel.so
	@+$(MAKE) -s -k -f tests/programs.mk B='$(B)' FOLDERS=examples/patterns CC='$(CC)' SANITIZER='$(LDFLAGS)'

# Builds what the tests run and runs them: all suites, or SUITES="unit e2e"; T=PATTERN picks jobs by name.
# Where something does not build, its tests fail by name.
SUITES ?=
.PHONY: check test unit
check test:
	@$(MAKE) -s --no-print-directory $(SIDE_BY_SIDE) -k check-programs || echo 'make check: not everything was built' >&2
	@B='$(abspath $(B))' CC='$(CC)' CXX='$(CXX)' tests/check $(SUITES) -t '$(T)'

unit: $(UNITS)
	@B='$(abspath $(B))' tests/check unit -t '$(T)'

.PHONY: lint
lint:
	@tests/lint.sh

# For editors and clang-based tools.
compile_commands.json: FORCE
	@{ echo '['; for f in $(patsubst $(B)/%.o,%.c,$(COMMON) $(RACE) $(TSAN) $(SHIM) $(COMMAND) $(CHANNEL)); do \
	  printf '%s{"directory": "%s", "file": "%s", "command": "%s"}\n' "$$comma" '$(CURDIR)' "$$f" \
	    '$(CC) $(ALL_CFLAGS) -c '"$$f"; comma=,; done; echo ']'; } > $@

# The shim cannot be preloaded with a sanitizer in it (both want to be first): these run the unit
# tests and the command.
SANITIZED = $(MAKE) B=build/$@ \
	CFLAGS='-O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all $(1)' LDFLAGS='$(1)' \
	build/$@/snarl unit
.PHONY: asan ubsan
asan:
	+$(call SANITIZED,-fsanitize=address)
	build/asan/snarl --help > /dev/null
ubsan:
	+$(call SANITIZED,-fsanitize=undefined)
	build/ubsan/snarl --help > /dev/null

# libFuzzer over the report; RUNS=0 goes on for ever. New inputs land in build/fuzz/corpus, those
# that failed in build/fuzz/.
RUNS ?= 100000
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=address,undefined
.PHONY: fuzz fuzz-seen
fuzz-seen: # the picture beside a recording
	+$(MAKE) CC=clang B=build/fuzz CFLAGS='$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link' build/fuzz/fuzz-seen
	mkdir -p build/fuzz/corpus-seen
	build/fuzz/fuzz-seen -runs=$(RUNS) -timeout=20 -rss_limit_mb=1024 -max_len=2048 \
	  -artifact_prefix=build/fuzz/ build/fuzz/corpus-seen
fuzz:
	+$(MAKE) CC=clang B=build/fuzz CFLAGS='$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link' build/fuzz/fuzz-report
	mkdir -p build/fuzz/corpus
	build/fuzz/fuzz-report -runs=$(RUNS) -timeout=20 -rss_limit_mb=1024 -max_len=2048 \
	  -artifact_prefix=build/fuzz/ build/fuzz/corpus tests/fuzz/corpus
$(B)/fuzz-%: $(B)/tests/fuzz/%.o $(MAKERS) $(REPORT) $(B)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $< $(MAKERS) $(REPORT) $(B)/libcommon.a -lunwind $(COMMAND_LIBS)

.PHONY: demo
demo: all
	@B='$(abspath $(B))' CC='$(CC)' scripts/demo

# PARTS="micro programs" picks some of: micro start programs peers memory growth long report.
.PHONY: bench bench-full bench-programs bench-tsan
bench: all $(BENCH)
	@B='$(abspath $(B))' bench/short.sh
bench-full: all $(BENCH)
	@B='$(abspath $(B))' bench/full.sh
bench-programs: all $(BENCH)
bench-tsan: $(BENCH_TSAN)

.PHONY: bench-channel
bench-channel: $(B)/bench/channel
	@B='$(abspath $(B))' bench/channel.sh

.PHONY: install uninstall
install: all
	install -d '$(BINDIR)' '$(LIBDIR)/pkgconfig' '$(DOCDIR)'
	install -m 755 $(B)/snarl '$(BINDIR)/snarl'
	install -m 755 $(B)/libsnarl.so '$(LIBDIR)/libsnarl.so'
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' snarl.pc.in > '$(LIBDIR)/pkgconfig/snarl.pc'
	install -m 755 $(B)/libsnarl-channel.so '$(LIBDIR)/libsnarl-channel.so'
	install -m 755 $(B)/libsnarl-race.so '$(LIBDIR)/libsnarl-race.so'
	install -d '$(LIBDIR)/snarl-race'
	install -m 755 $(STAND_INS) '$(LIBDIR)/snarl-race'
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' snarl-race.pc.in > '$(LIBDIR)/pkgconfig/snarl-race.pc'
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' snarl-channel.pc.in \
	  > '$(LIBDIR)/pkgconfig/snarl-channel.pc'
	chmod 644 '$(LIBDIR)/pkgconfig/snarl-race.pc' '$(LIBDIR)/pkgconfig/snarl.pc' '$(LIBDIR)/pkgconfig/snarl-channel.pc'
	install -d '$(INCLUDEDIR)/snarl_channel'
	install -m 644 include/snarl_channel/*.h '$(INCLUDEDIR)/snarl_channel'
	set -e; for f in include/*.h include/*.hpp; do [ ! -e "$$f" ] || install -D -m 644 "$$f" '$(INCLUDEDIR)'/"$${f##*/}"; done
	install -m 644 README.md $(wildcard LICENSE SECURITY.md NEWS.md CONTRIBUTING.md) $(wildcard docs/*.md docs/*.svg docs/*.json) '$(DOCDIR)'

uninstall:
	rm -f '$(BINDIR)/snarl' '$(LIBDIR)/libsnarl.so' '$(LIBDIR)/pkgconfig/snarl.pc'
	rm -f '$(LIBDIR)/libsnarl-channel.so' '$(LIBDIR)/pkgconfig/snarl-channel.pc'
	rm -f '$(LIBDIR)/libsnarl-race.so' '$(LIBDIR)/pkgconfig/snarl-race.pc'
	rm -rf '$(LIBDIR)/snarl-race'
	rm -rf '$(INCLUDEDIR)/snarl_channel'
	set -e; for f in include/*.h include/*.hpp; do [ ! -e "$$f" ] || rm -f '$(INCLUDEDIR)'/"$${f##*/}"; done
	rm -rf '$(DOCDIR)'

.PHONY: clean
clean:
	rm -rf build snarl.data

.PHONY: help
help:
	@echo 'make            build/libsnarl.so and build/snarl (CC=clang, CFLAGS=…, B=folder; V=1 shows commands)'
	@echo 'make check      all tests; SUITES="layers unit channel" or T=part-of-a-name picks some'
	@echo '                V=1 shows each check, CI=true is strict, UPDATE=1 writes golden texts anew'
	@echo 'make demo       snarl on a real program and on one with a bug'
	@echo 'make bench      what the shim costs, in about two minutes; see docs/performance.md'
	@echo 'make bench-full all of docs/performance.md, which it writes anew; about twenty minutes'
	@echo 'make bench-channel  the channel library against mutex+condition, and Go if it is there'
	@echo 'make compile_commands.json  for editors'
	@echo 'make lint       clang-format, clang-tidy, cppcheck'
	@echo 'make asan       unit tests and the command under AddressSanitizer; also: make ubsan'
	@echo 'make fuzz       libFuzzer over the report (clang); RUNS=1000000'
	@echo 'make install    PREFIX=/usr/local, DESTDIR=; also: make uninstall'
	@echo 'make clean      removes build/ and snarl.data/'

-include $(COMMON:.o=.d) $(RACE:.o=.d) $(TSAN:.o=.d) $(SHIM:.o=.d) $(COMMAND:.o=.d) $(MAKERS:.o=.d) $(UNITS:=.d)
-include $(CHANNEL:.o=.d) $(CHANNEL_TESTS:=.d)
-include $(wildcard $(B)/bench/*.d $(B)/tests/real/*.d)
