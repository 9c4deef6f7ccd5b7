# SPDX-License-Identifier: Apache-2.0
# Builds the programs of the tests into $(B)/e2e: the end-to-end cases, hostile guests, kernels, examples and patterns.
# Runs from the project's root: make -j2 -f tests/programs.mk.  NAME.so.c becomes a library.
#
# Starting a compiler can cost more than compiling a case.  So the sources of a folder are compiled in a few calls of
# the compiler, of those that have changed; only sources that ask for flags of their own (`// cflags:`) are by themselves.
# SANITIZER adds a flag to all.  A source may also say `// libs: …`, `// needs: channel` and
# `// needs: glib`: the latter are left out where there is no GLib to compile with.
B := build
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif
OUT := $(abspath $(B))/e2e
ROOT := $(CURDIR)
FOLDERS := tests/e2e/cases tests/guest tests/kernels examples examples/channel examples/patterns
HEADERS := $(wildcard tests/e2e/*.h tests/kernels/*.h examples/channel/*.h include/*.h include/*/*.h)
# What a source that says `cflags: -I.` may include; those have flags of their own.
INNER := $(wildcard base/*.h base/*.def)
FLAGS := $(SANITIZER) $(if $(CI),-Werror) -g -O1 -fno-omit-frame-pointer -Wall -Wextra -pthread -D_GNU_SOURCE -I$(ROOT)/tests/e2e -I$(ROOT)/include
C := -std=gnu17 $(FLAGS)
CXXS := -std=gnu++17 $(FLAGS)
GLIB_FLAGS := $(shell pkg-config --cflags glib-2.0 2> /dev/null)
GLIB := $(shell pkg-config --libs glib-2.0 2> /dev/null)
CHANNEL := -L$(abspath $(B)) -lsnarl-channel -Wl,-rpath,$(abspath $(B))

.PHONY: all
all:

# What sources say of themselves, as variables: cflags@SOURCE, libs@SOURCE.
SAID := $(OUT)/said.mk
SOURCES := $(foreach f,$(FOLDERS),$(wildcard $(f)/*.c $(f)/*.cc))
ABSENT := $(if $(GLIB),,$(shell grep -lE '^// needs: glib' $(SOURCES)))
$(shell mkdir -p $(addprefix $(OUT)/,$(notdir $(FOLDERS))) && grep -oE '^// (cflags|libs|needs):? .*' $(SOURCES) | \
	sed -n -e 's,^\([^:]*\)://* \(cflags\|libs\): \(.*\),\2@\1 += \3,p' \
	-e 's,^\([^:]*\)://* needs: channel.*,libs@\1 += $$(CHANNEL),p' \
	-e 's,^\([^:]*\)://* needs: glib.*,cflags@\1 += $$(GLIB_FLAGS)\nlibs@\1 += $$(GLIB),p' > $(SAID).new && \
	{ cmp -s $(SAID).new $(SAID) || cp $(SAID).new $(SAID); rm $(SAID).new; })
include $(SAID)
$(foreach s,$(wildcard examples/patterns/*.c),$(eval libs@$(s) := $(CHANNEL)))

# The n-th of every four of a list: the batches.
BATCHES := 0 1 2 3
nth = $(if $(2),$(word 1,$(2)) $(call nth,,$(wordlist 5,9999,$(2))))
batch = $(call nth,,$(wordlist $(shell echo $$(($(1) + 1))),9999,$(2)))

# $(1) folder, $(2) its name in $(OUT), $(3) c or cc, $(4) compiler with flags, $(5) batch, $(6) its sources.
# The compiler puts objects where it runs; the stamp says when that was.
define BATCH
$(OUT)/$(2)/.$(3)-$(5): $(6) $(HEADERS)
	@cd $(OUT)/$(2) && $(4) -c $$(addprefix $(ROOT)/,$$(if $$(filter %.h,$$?),$(6),$$?))
	@touch $$@
$(patsubst $(1)/%.$(3),$(OUT)/$(2)/%.o,$(6)): $(OUT)/$(2)/.$(3)-$(5) ;
endef

# A source with flags of its own.
define SINGLE
$(patsubst $(1)/%,$(OUT)/$(2)/%.o,$(basename $(5))): $(5) $(HEADERS) $(INNER) $(SAID)
	@$(4) $(cflags@$(5)) -c -o $$@ $(ROOT)/$(5)
endef

define PROGRAM
all: $(1)
$(1): $(1).o $(SAID) $(if $(findstring CHANNEL,$(value libs@$(2))),| $(abspath $(B))/libsnarl-channel.so)
	@$(3) $(SANITIZER) -pthread -o $$@ $(1).o $(libs@$(2))
endef

define LIBRARY
all: $(1)
$(1): $(2) $(HEADERS)
	@$(CC) $(C) $(cflags@$(2)) -shared -fPIC -o $$@ $(ROOT)/$(2) $(libs@$(2))
endef

# $(1) folder, $(2) c or cc, $(3) compiler and flags, $(4) linker.
define LANGUAGE
$(eval sources := $(filter-out %.so.c $(ABSENT),$(wildcard $(1)/*.$(2))))
$(eval own := $(foreach s,$(sources),$(if $(cflags@$(s)),$(s))))
$(eval plain := $(filter-out $(own),$(sources)))
$(foreach b,$(BATCHES),$(eval part := $(call batch,$(b),$(plain)))$(if $(part),$(eval $(call BATCH,$(1),$(notdir $(1)),$(2),$(3),$(b),$(part)))))
$(foreach s,$(own),$(eval $(call SINGLE,$(1),$(notdir $(1)),$(2),$(3),$(s))))
$(foreach s,$(sources),$(eval $(call PROGRAM,$(OUT)/$(notdir $(1))/$(basename $(notdir $(s))),$(s),$(4))))
endef
$(foreach f,$(FOLDERS),$(call LANGUAGE,$(f),c,$(CC) $(C),$(CC))$(call LANGUAGE,$(f),cc,$(CXX) $(CXXS),$(CXX)))
$(foreach s,$(filter-out $(ABSENT),$(filter %.so.c,$(SOURCES))),$(eval $(call LIBRARY,$(OUT)/$(notdir $(patsubst %/,%,$(dir $(s))))/$(notdir $(s:.c=)),$(s))))
