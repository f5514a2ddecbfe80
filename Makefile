# SPDX-License-Identifier: MIT
# Builds everything into build/, laid out as it is installed.
#
#   make            libryx, the ryx command, the Lua modules, the Python extension
#   make demo       loads the world into a SQLite file and shows it
#   make check      every test, on servers it starts and stops itself
#   make help       every target

B       := build
VERSION := $(shell sed -n 's/^#define RYX_VERSION "\(.*\)"/\1/p' include/ryx.h)
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
PYTHON  ?= python3
PKG     ?= pkg-config
OPT     ?= -O2 -g

WARN := -Wall -Wextra -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes \
        -Wwrite-strings -Wcast-qual -Wpointer-arith -Wvla -Wformat=2 $(WERROR)

has   = $(shell $(PKG) --exists $(1) 2>/dev/null && echo 1)
cflag = $(shell $(PKG) --cflags $(1) 2>/dev/null)
libs  = $(shell $(PKG) --libs $(1) 2>/dev/null)

# Drivers: each where its client library is found.
WITH_PG   ?= $(call has,libpq)
WITH_MY   ?= $(call has,libmariadb)
WITH_LITE ?= $(call has,sqlite3)
# Connector/C may speak TLS by OpenSSL, whose errors stay on the thread.
WITH_SSL  ?= $(if $(WITH_MY),$(call has,libcrypto))
DRIVERS := $(if $(WITH_PG),pg) $(if $(WITH_MY),my) $(if $(WITH_LITE),lite)
PKGS    := libuv jansson libutf8proc libpcre2-8 gmp $(if $(WITH_PG),libpq) \
           $(if $(WITH_MY),libmariadb) $(if $(WITH_LITE),sqlite3) $(if $(WITH_SSL),libcrypto)

# Lua: 5.4 and LuaJIT, whichever have headers.
PKG_54  := $(firstword $(foreach p,lua5.4 lua-5.4 lua54 lua,$(if $(call has,$(p)),$(p))))
PKG_JIT := $(if $(call has,luajit),luajit)
LUAS    := $(if $(PKG_54),5.4) $(if $(PKG_JIT),5.1)
LUACFLAGS_5.4 := $(call cflag,$(PKG_54))
LUACFLAGS_5.1 := $(call cflag,$(PKG_JIT))
LUA54   ?= $(firstword $(shell command -v lua5.4 lua54 lua 2>/dev/null))
# The command reads its arguments through argparse, which goes into it as it is installed.
ARGPARSE ?= $(if $(LUA54),$(shell $(LUA54) -e 'print((package.searchpath("argparse", package.path)))' 2>/dev/null | grep -v '^nil'))
CLI_ON  := $(if $(and $(PKG_54),$(ARGPARSE)),1)
# Its shell edits lines where libedit is.
WITH_EDIT ?= $(call has,libedit)

PYINC := $(shell $(PYTHON) -c 'import sysconfig, os; i = sysconfig.get_paths()["include"]; print(i if os.path.exists(os.path.join(i, "Python.h")) else "")' 2>/dev/null)
PYEXT := $(if $(PYINC),$(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))'))
PYTHON_ON := $(if $(and $(PYINC),$(PKG_54),$(wildcard python/src/*.c)),1)

WITH := -DRYX_WITH_PG=$(if $(WITH_PG),1,0) -DRYX_WITH_MY=$(if $(WITH_MY),1,0) -DRYX_WITH_LITE=$(if $(WITH_LITE),1,0)
CPP := -Iinclude -Isrc -D_GNU_SOURCE $(call cflag,$(PKGS)) $(WITH) -DRYX_WITH_OPENSSL=$(if $(WITH_SSL),1,0)
BASE_CFLAGS := -std=gnu11 -fPIC -fvisibility=hidden -pthread $(OPT) $(WARN)
ASAN := -O1 -fsanitize=address,undefined -fno-omit-frame-pointer
LIBS := $(call libs,$(PKGS)) -pthread -lm
# A thread that the engine leaves behind, with a dial or a cancel to a server that
# hangs, may run longer than the host has our code loaded: it is never unloaded.
STAY := -Wl,-z,nodelete

ROOMS := base value sql driver engine api
SRC   := $(filter-out src/driver/pg% src/driver/my% src/driver/lite%,$(wildcard $(ROOMS:%=src/%/*.c))) \
         $(foreach d,$(DRIVERS),$(wildcard src/driver/$(d).c src/driver/$(d)_*.c))
LUA_SRC := $(wildcard src/lua/*.c)
CLI_SRC := $(filter-out $(if $(WITH_EDIT),,src/cli/line_edit.c),$(wildcard src/cli/*.c))
PY_SRC  := $(wildcard python/src/*.c)
LUA_FILES := $(shell find lua -name '*.lua' 2>/dev/null)
C_TESTS := $(patsubst spec/c/%.c,%,$(wildcard spec/c/test_*.c))
C_SUPPORT := $(filter-out spec/c/test_%,$(wildcard spec/c/*.c))
FUZZERS := $(patsubst spec/fuzz/%.c,%,$(wildcard spec/fuzz/fuzz_*.c))

all: lib lua cli man python ## everything below build/, as it is installed
lib: $(B)/lib/libryx.so $(B)/lib/libryx.a $(B)/lib/pkgconfig/ryx.pc ## libryx, shared and static
lua: $(LUAS:%=$(B)/lib/lua/%/ryx/core.so) ## the Lua modules, for Lua 5.4 and LuaJIT
cli: $(if $(CLI_ON),$(B)/bin/ryx) ## the ryx command
man: $(if $(CLI_ON),$(B)/share/man/man1/ryx.1) ## the manual page of the command
python: $(if $(PYTHON_ON),$(B)/python/ryx/_ryx$(PYEXT) $(patsubst python/ryx/%,$(B)/python/ryx/%,$(wildcard python/ryx/*.py python/ryx/*.pyi python/ryx/py.typed))) ## the Python extension and its package
	@:

ifneq ($(MAKECMDGOALS),env)
$(if $(WITH_PG),,$(info note: libpq not found, building without PostgreSQL))
$(if $(WITH_MY),,$(info note: libmariadb not found, building without MariaDB))
$(if $(WITH_LITE),,$(info note: sqlite3 not found, building without SQLite))
$(if $(CLI_ON),,$(info note: Lua 5.4 or lua-argparse not found, building without the ryx command))
$(if $(WITH_EDIT),,$(info note: libedit not found, `ryx shell` will not edit lines))
endif

# A build variant: objects, a static library and the C tests under
# $(B)/<name>/. The plain one has the empty name.
define variant
$(B)/$(1)obj/%.o: src/%.c Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(CPP) $$(BASE_CFLAGS) $(2) -MMD -c -o $$@ $$<
$(B)/$(1)lib/libryx.a: $(SRC:src/%.c=$(B)/$(1)obj/%.o)
	@mkdir -p $$(@D)
	rm -f $$@ && ar rcs $$@ $$^
$(B)/$(1)spec/%.o: spec/c/%.c Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(CPP) -Ispec/c $$(call cflag,cmocka) $$(BASE_CFLAGS) $(2) -MMD -c -o $$@ $$<
$(B)/$(1)spec/test_%: $(B)/$(1)spec/test_%.o $(C_SUPPORT:spec/c/%.c=$(B)/$(1)spec/%.o) $(B)/$(1)lib/libryx.a
	$$(CC) $(2) -o $$@ $$^ $$(call libs,cmocka) $$(LIBS)
$(1)c-tests: $(C_TESTS:%=$(B)/$(1)spec/%)
$(B)/$(1)module/ryx/core.so: $(LUA_SRC) $(wildcard src/lua/*.h) $(B)/$(1)lib/libryx.a
	@mkdir -p $$(@D)
	$$(CC) -shared $(STAY) -Iinclude -Isrc -D_GNU_SOURCE $$(LUACFLAGS_5.4) $$(BASE_CFLAGS) $(2) -o $$@ $(LUA_SRC) $(B)/$(1)lib/libryx.a $$(LIBS)
-include $(SRC:src/%.c=$(B)/$(1)obj/%.d) $(patsubst %,$(B)/$(1)spec/%.d,$(C_TESTS)) $(C_SUPPORT:spec/c/%.c=$(B)/$(1)spec/%.d)
endef
$(eval $(call variant,,))
$(eval $(call variant,asan/,$(ASAN)))
$(eval $(call variant,tsan/,-O1 -fsanitize=thread))
c-tests: ## the C tests, built and not run
.SECONDARY:

$(B)/lib/libryx.so: $(SRC:src/%.c=$(B)/obj/%.o)
	@mkdir -p $(@D)
	$(CC) -shared $(STAY) -Wl,-soname,libryx.so.0 -Wl,-z,defs -o $@.0 $^ $(LIBS)
	ln -sf libryx.so.0 $@
$(B)/lib/pkgconfig/ryx.pc: ryx.pc.in include/ryx.h
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@LIBS@|$(LIBS)|' ryx.pc.in > $@

# One module per Lua from the same sources; built and installed trees share
# their layout, so one relative path finds libryx in both.
define lua_module
$(B)/obj-lua$(1)/%.o: src/lua/%.c Makefile
	@mkdir -p $$(@D)
	$$(CC) -Iinclude -Isrc -D_GNU_SOURCE $$(LUACFLAGS_$(1)) $$(BASE_CFLAGS) -MMD -c -o $$@ $$<
$(B)/lib/lua/$(1)/ryx/core.so: $(LUA_SRC:src/lua/%.c=$(B)/obj-lua$(1)/%.o) $(B)/lib/libryx.so
	@mkdir -p $$(@D)
	$$(CC) -shared $(STAY) -Wl,-rpath,'$$$$ORIGIN/../../..' -o $$@ $$(filter %.o,$$^) -L$(B)/lib -lryx
-include $(LUA_SRC:src/lua/%.c=$(B)/obj-lua$(1)/%.d)
endef
$(foreach v,$(LUAS),$(eval $(call lua_module,$(v))))

$(B)/gen/precompile: scripts/precompile.c
	@mkdir -p $(@D)
	$(CC) $(LUACFLAGS_5.4) $(BASE_CFLAGS) -o $@ $< $(call libs,$(PKG_54)) -lm -ldl
$(B)/gen/embedded.c: scripts/embed.sh $(B)/gen/precompile $(LUA_FILES) $(ARGPARSE)
	@mkdir -p $(@D)
	scripts/embed.sh $(B)/gen/precompile lua $(ARGPARSE:%=argparse=%) > $@.tmp && mv $@.tmp $@
CLI_CC = $(CC) -Iinclude -Isrc -D_GNU_SOURCE $(WITH) -DRYX_WITH_EDIT=$(if $(WITH_EDIT),1,0) $(LUACFLAGS_5.4) $(BASE_CFLAGS) -Wl,-E
CLI_LIBS = $(call libs,$(PKG_54)) $(if $(WITH_EDIT),$(call libs,libedit)) -lm -ldl
$(B)/bin/ryx: $(CLI_SRC) $(wildcard src/cli/*.h) $(B)/gen/embedded.c $(LUA_SRC:src/lua/%.c=$(B)/obj-lua5.4/%.o) $(B)/lib/libryx.so
	@mkdir -p $(@D)
	$(CLI_CC) -Wl,-rpath,'$$ORIGIN/../lib' -o $@ $(CLI_SRC) $(B)/gen/embedded.c $(filter %.o,$^) -L$(B)/lib -lryx $(CLI_LIBS)
# The same with the address sanitizer in all that is ours.
$(B)/asan/bin/ryx: $(CLI_SRC) $(wildcard src/cli/*.h) $(B)/gen/embedded.c $(LUA_SRC) $(wildcard src/lua/*.h) $(B)/asan/lib/libryx.a
	@mkdir -p $(@D)
	$(CLI_CC) $(ASAN) -o $@ $(filter %.c,$^) $(B)/asan/lib/libryx.a $(CLI_LIBS) $(LIBS)

$(B)/share/man/man1/ryx.1: scripts/reference/cli.lua include/ryx.h $(wildcard lua/ryx/cli/*.lua lua/ryx/cli/cmd/*.lua)
	@mkdir -p $(@D)
	$(LUA54) scripts/reference/cli.lua man > $@.tmp && mv $@.tmp $@

$(B)/python/ryx/_ryx$(PYEXT): $(PY_SRC) $(wildcard python/src/*.h) $(B)/gen/embedded.c $(LUA_SRC:src/lua/%.c=$(B)/obj-lua5.4/%.o) $(B)/lib/libryx.so
	@mkdir -p $(@D)
	$(CC) -shared $(STAY) -Iinclude -Isrc -Ipython/src -isystem $(PYINC) -D_GNU_SOURCE $(LUACFLAGS_5.4) $(BASE_CFLAGS) \
	  -Wl,-rpath,'$$ORIGIN/../../lib' -o $@ $(PY_SRC) $(B)/gen/embedded.c $(filter %.o,$^) -L$(B)/lib -lryx $(call libs,$(PKG_54))
$(B)/python/ryx/%: python/ryx/%
	@mkdir -p $(@D)
	cp $< $@

$(B)/bin/embed: examples/embed.c $(B)/lib/libryx.so
	@mkdir -p $(@D)
	$(CC) -Iinclude $(OPT) -std=gnu11 -Wall -Wextra -o $@ $< -L$(B)/lib -lryx -Wl,-rpath,'$$ORIGIN/../lib'

# The binding inside a C program, which can make every allocation fail.
ifneq ($(PKG_54),)
c-tests: $(B)/spec/test_lua_memory
$(B)/spec/test_lua_memory: spec/lua_c/test_lua_memory.c $(LUA_SRC:src/lua/%.c=$(B)/obj-lua5.4/%.o) $(B)/lib/libryx.a
	@mkdir -p $(@D)
	$(CC) -Iinclude -D_GNU_SOURCE $(LUACFLAGS_5.4) $(call cflag,cmocka) $(BASE_CFLAGS) -o $@ $^ $(call libs,$(PKG_54) cmocka) $(LIBS) -ldl
endif

# What spec/fault runs beside ryx: a proxy that misbehaves, and libraries to be
# preloaded that bend time and names.
fault-tools: $(B)/fault/fault_proxy $(B)/fault/slow_resolver.so $(B)/fault/clock_jump.so ## what spec/fault runs beside ryx
$(B)/fault/fault_proxy: spec/fault/proxy.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=gnu11 $(OPT) $(WARN) -o $@ $<
$(B)/fault/%.so: spec/fault/%.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=gnu11 -fPIC -shared $(OPT) $(WARN) -o $@ $< -ldl

# What a query becomes on every database, and the table of options, for the pages
# and their checks.
docs-tools: $(B)/docs/ryx_compile.so $(B)/docs/ryx_options.so ## what the checks of the pages need
$(B)/docs/ryx_%.so: spec/docs/%.c $(B)/lib/libryx.a
	@mkdir -p $(@D)
	$(CC) -shared -Isrc -Iinclude -D_GNU_SOURCE $(LUACFLAGS_5.4) $(BASE_CFLAGS) -o $@ $^ $(LIBS)

# The environment in which the built tree runs from any directory:
#   eval "$(make -s env)"
TOP := $(CURDIR)
env: ## shell lines that put the built tree on every path: eval "$(make -s env)"
	@printf 'export PATH="%s/bin:$$PATH"\n' '$(TOP)/$(B)'
	@printf 'export LUA_PATH="%s/lua/?.lua;%s/lua/?/init.lua;$${LUA_PATH:-;}"\n' '$(TOP)' '$(TOP)'
	@printf 'export LUA_PATH_5_4="%s/lua/?.lua;%s/lua/?/init.lua;$${LUA_PATH_5_4:-;}"\n' '$(TOP)' '$(TOP)'
	@printf 'export LUA_CPATH="%s/lib/lua/5.1/?.so;$${LUA_CPATH:-;}"\n' '$(TOP)/$(B)'
	@printf 'export LUA_CPATH_5_4="%s/lib/lua/5.4/?.so;$${LUA_CPATH_5_4:-;}"\n' '$(TOP)/$(B)'
	@printf 'export PYTHONPATH="%s/python$${PYTHONPATH:+:$$PYTHONPATH}"\n' '$(TOP)/$(B)'
	@printf 'export LD_LIBRARY_PATH="%s/lib$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH}"\n' '$(TOP)/$(B)'

LIBDIR ?= $(PREFIX)/lib
install: all ## installs below PREFIX (/usr/local), LIBDIR, DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 755 $(B)/lib/libryx.so.0 $(DESTDIR)$(LIBDIR)/
	ln -sf libryx.so.0 $(DESTDIR)$(LIBDIR)/libryx.so
	install -m 644 $(B)/lib/libryx.a $(DESTDIR)$(LIBDIR)/
	install -m 644 include/ryx.h include/ryx_value.h include/ryx_lua.h $(DESTDIR)$(PREFIX)/include/
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@LIBS@|$(LIBS)|' ryx.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/ryx.pc
	$(if $(CLI_ON),install -m 755 $(B)/bin/ryx $(DESTDIR)$(PREFIX)/bin/)
	$(if $(CLI_ON),install -D -m 644 $(B)/share/man/man1/ryx.1 $(DESTDIR)$(PREFIX)/share/man/man1/ryx.1)
	install -D -m 644 types/ryx.lua $(DESTDIR)$(PREFIX)/share/ryx/types/ryx.lua
	for v in $(LUAS); do \
	  install -d $(DESTDIR)$(LIBDIR)/lua/$$v/ryx && \
	  install -m 755 $(B)/lib/lua/$$v/ryx/core.so $(DESTDIR)$(LIBDIR)/lua/$$v/ryx/ && \
	  (cd lua && find . -name '*.lua' -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/lua/$$v/{} \;) || exit 1; \
	done

# What a rock needs: the module with libryx inside, for the Lua that LuaRocks
# serves (LUA_VERSION, LUA_INCDIR come from it).
ROCK_LUA ?= 5.4
ROCK_INC ?= $(LUACFLAGS_$(ROCK_LUA))
rock: $(B)/rock/ryx/core.so ## the module of a rock, libryx inside (luarocks make)
$(B)/rock/ryx/core.so: $(LUA_SRC) $(B)/lib/libryx.a
	@mkdir -p $(@D)
	$(CC) -shared $(STAY) -Iinclude -Isrc -D_GNU_SOURCE $(ROCK_INC) $(BASE_CFLAGS) -o $@ $^ $(LIBS)
rock-install: rock ## where LuaRocks says (INST_LIBDIR, INST_LUADIR)
	install -d $(INST_LIBDIR)/ryx && install -m 755 $(B)/rock/ryx/core.so $(INST_LIBDIR)/ryx/
	cd lua && find . -name '*.lua' -exec install -D -m 644 {} $(INST_LUADIR)/{} \;

deps: ## installs the Debian packages that building and testing need
	@scripts/deps.sh

# deps may install what the variables above looked for, so these start afresh.
demo: ## deps, then loads the world into a SQLite file and shows it
	@scripts/deps.sh
	@scripts/demo.sh
check: ## deps, then every test, on servers it starts and stops itself
	@scripts/deps.sh
	@scripts/check.sh

check-versions: all fault-tools ## spec/db on older and newer versions of the databases
	@scripts/deps.sh
	@scripts/check.sh versions
# FILE, DB, LUA, NAME, SAN and RUN reach it by the environment.
spec: ## one file of tests: make spec FILE=spec/db/json_spec.lua [DB=pg] [NAME="part of a name"]
	@scripts/spec.sh

lint: all docs-tools ## style, layers, names, pages made from the sources
	@scripts/check.sh lint
asan: asan/c-tests $(B)/asan/module/ryx/core.so $(if $(CLI_ON),$(B)/asan/bin/ryx) ## C tests, specs and a walk under the address sanitizer
	@scripts/check.sh asan
tsan: tsan/c-tests $(B)/tsan/module/ryx/core.so ## C tests, specs and a walk under the thread sanitizer
	@scripts/check.sh tsan
valgrind: c-tests all ## C tests and specs under valgrind
	@scripts/check.sh valgrind
gcstorm: all ## the specs with the collector always at work
	@scripts/check.sh gcstorm
oom: $(B)/asan/oom ## a scenario in which every allocation fails in turn
	@scripts/check.sh oom
# With the address sanitizer, which sees what a failure leaves behind.
$(B)/asan/oom: spec/oom/oom.c $(B)/asan/lib/libryx.a
	$(CC) -Iinclude -D_GNU_SOURCE $(BASE_CFLAGS) $(ASAN) -o $@ $^ $(LIBS)
soak: all ## hours of random queries, cancels, kills and walks
	@scripts/check.sh soak
fuzz: $(FUZZERS:%=$(B)/fuzz/%) ## the fuzzers, FUZZ_SECONDS each (60)
	@scripts/check.sh fuzz
$(B)/fuzz/%: spec/fuzz/%.c $(SRC)
	@mkdir -p $(@D)
	clang $(CPP) -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -o $@ $< $(filter-out src/engine/% src/api/%,$(SRC)) $(LIBS)
BENCH_SRC := $(wildcard bench/*.c)
bench: all $(LUAS:%=$(B)/bench/%/raw.so) ## ryx beside code written by hand, BENCH_PAIRS of batches
	@scripts/bench.sh
bench-python: all ## ryx beside other ORMs of Python, BENCH_PEERS, BENCH_ROUNDS
	@scripts/bench_python.sh
define bench_module
$(B)/bench/$(1)/raw.so: $(BENCH_SRC) $(wildcard bench/*.h) $(B)/lib/libryx.a
	@mkdir -p $$(@D)
	$$(CC) -shared $$(CPP) -Ibench $$(LUACFLAGS_$(1)) $$(BASE_CFLAGS) -o $$@ $(BENCH_SRC) $(B)/lib/libryx.a $$(LIBS)
endef
$(foreach v,$(LUAS),$(eval $(call bench_module,$(v))))

# Pages made from the sources.
docs: all docs-tools ## writes the pages that are made from the sources
	for page in functions lookups signals errors fields cli operations; do \
	  $(LUA54) scripts/reference/$$page.lua > $(B)/docs/$$page.md && \
	  mv $(B)/docs/$$page.md docs/reference/$$page.md || exit 1; \
	done
	$(LUA54) scripts/reference/options.lua > $(B)/docs/url-options.md && mv $(B)/docs/url-options.md docs/reference/url-options.md
	$(LUA54) scripts/reference/comparisons.lua > $(B)/docs/comparisons.pyi && mv $(B)/docs/comparisons.pyi python/ryx/comparisons.pyi
	$(LUA54) scripts/reference/stubs.lua > $(B)/docs/functions.pyi && mv $(B)/docs/functions.pyi python/ryx/functions.pyi
	$(LUA54) scripts/reference/types.lua > $(B)/docs/ryx.lua && mv $(B)/docs/ryx.lua types/ryx.lua
format: ## clang-format on all of the C
	clang-format -i include/*.h $(wildcard src/*/*.[ch] spec/c/*.[ch] spec/fault/*.c spec/lua_c/*.c spec/docs/*.c spec/fuzz/*.c spec/oom/*.c python/src/*.[ch] bench/*.[ch] examples/*.c)
# The first command of a file counts: what is built for users comes first.
COMPILED = all c-tests docs-tools fault-tools $(B)/bin/embed $(LUAS:%=$(B)/bench/%/raw.so) $(B)/asan/oom $(FUZZERS:%=$(B)/fuzz/%)
COMPDB = compile_commands.json
compdb: ## compile_commands.json: how each C file is compiled, for editors
	@$(MAKE) -nB --no-print-directory $(COMPILED) | $(or $(LUA54),luajit) scripts/compdb.lua '$(TOP)' > $(COMPDB)
clean: ## removes build/
	rm -rf $(B)
help: ## these lines
	@awk -F ':[^#]*## ' '/^[a-z][a-z-]*:[^#]*## / { printf "%-15s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: all lib lua cli man python env install rock rock-install deps demo check check-versions spec docs-tools fault-tools lint asan tsan valgrind \
        gcstorm oom soak fuzz bench bench-python docs format compdb clean help c-tests asan/c-tests tsan/c-tests
.DEFAULT_GOAL := all
