# One makefile, no recursion into folders, no configure step; `make help` says what it can do.
#
# Each lib/<folder>/*.c becomes $(BUILD)/lib/lib<folder>.a; each bin/<program>.c, or
# bin/<program>/*.c, becomes $(BUILD)/bin/<program>.  A variant (sanitizers, fuzzing) is this
# same makefile with SAN set, in a folder of its own.  Test programs come from t/ likewise.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VERSION = 0.1.0
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin AR),default)
AR := ar
endif
CFLAGS ?= -g
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
STATIC_LIBS ?= yes
SAN ?=
BUILD ?= build$(if $(SAN),/$(if $(filter fuzz,$(SAN)),fuzz,san))
FUZZ_RUNS ?= 1000000
FUZZ_SECONDS ?=
export BUILD CC SAN FUZZ_RUNS FUZZ_SECONDS

# ---- what is linked with what

# What each program may link, highest layer first.  It cannot reach what is not on its line.
LIBS_jobd      = view cli transport ev logs state spool conf msg core base
LIBS_jobworker = agent ev logs spool msg core base
LIBS_jobnotify = cli msg core base
LIBS_jobsub    = client cli spool conf msg core base
LIBS_jobq      = view client cli logs state spool conf msg core base
LIBS_jobstat   = view client cli logs state spool conf msg core base
LIBS_joblog    = view client cli logs state spool conf msg core base
LIBS_jobwait   = view client cli logs state spool conf msg core base
LIBS_jobcancel = view client cli logs state spool conf msg core base
LIBS_jobctl    = view client cli logs state spool conf msg core base
LIBS_jobcron   = view client cli logs state spool conf msg core base
LIBS_jobadm    = view client cli transport logs state spool conf msg core base
LIBS_jobsim    = cli sim conf msg core base

# The same for libraries from outside.
EXT_jobd      = ssh2 sqlite3 event_core z bsd md
EXT_jobworker = event_core z bsd md
EXT_jobnotify = curl bsd md
EXT_jobsub    = jansson bsd md
EXT_jobq      = sqlite3 z bsd md
EXT_jobstat   = sqlite3 z bsd md
EXT_joblog    = sqlite3 z bsd md
EXT_jobwait   = sqlite3 z bsd md
EXT_jobcancel = sqlite3 z bsd md
EXT_jobctl    = sqlite3 z bsd md
EXT_jobcron   = sqlite3 jansson z bsd md
EXT_jobadm    = sqlite3 z bsd md
EXT_jobsim    = z bsd md

# Where each program is installed.
BIN     = jobsub jobq jobstat jobcancel joblog jobwait jobctl jobcron
SBIN    = jobd jobadm jobsim
LIBEXEC = jobworker jobnotify

# jobworker is copied to other machines as it is: nothing of it is linked at run time.  Nor is of
# the tools, for which the dynamic linker would be a third of their life.
STATIC = jobworker $(if $(filter yes,$(STATIC_LIBS)),$(BIN))

# All folders of lib/, highest layer first, which is the order of a link line.
LAYERS = view client cli sim agent transport ev logs state spool conf msg core base

# Libraries from outside: pkg-config's name, Debian's package, what they need in turn.
PC_bsd        = libbsd
PC_md         = libmd
PC_ssh2       = libssh2
PC_sqlite3    = sqlite3
PC_event_core = libevent_core
PC_jansson    = jansson
PC_z          = zlib
PC_curl       = libcurl
DEB_bsd        = libbsd-dev
DEB_md         = libmd-dev
DEB_ssh2       = libssh2-1-dev
DEB_sqlite3    = libsqlite3-dev
DEB_event_core = libevent-dev
DEB_jansson    = libjansson-dev
DEB_z          = zlib1g-dev
DEB_curl       = libcurl4-openssl-dev
NOT_STATIC     = curl
NEED_ssh2      = -lcrypto
NEED_sqlite3   = -lm -lpthread

# It could load extensions, which a static program cannot; the linker says so.
NEED_static_sqlite3 = -Wl,--no-warnings

INSTALLED := $(BIN) $(SBIN) $(LIBEXEC)
PROGS := $(foreach p,$(INSTALLED),$(if $(wildcard bin/$p.c bin/$p/*.c),$p))
EXT := $(sort $(foreach p,$(INSTALLED),$(EXT_$p)))

# ---- what the build needs from the system

# These need no compiler, or find out by themselves what is missing.
SELF_RELIANT = check clean coverage demo fuzz help sanitize uninstall
ifneq ($(filter-out $(SELF_RELIANT),$(or $(MAKECMDGOALS),all)),)
BUILDING := yes
absent = $(if $(shell command -v $(firstword $1)),,$(firstword $1))
LACK := $(strip $(call absent,$(CC)) $(call absent,pkg-config))
ifeq ($(filter pkg-config,$(LACK)),)
ifneq ($(shell pkg-config --exists $(foreach l,$(EXT),$(PC_$l)) || echo no),)
LACK += $(foreach l,$(EXT),$(if $(shell pkg-config --exists $(PC_$l) || echo no),$(DEB_$l)))
endif
else
LACK += $(foreach l,$(EXT),$(DEB_$l))
endif
ifneq ($(strip $(LACK)),)
$(error packages are missing; as root: apt-get install $(strip $(LACK)))
endif
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
endif

# ---- flags

W = -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wwrite-strings -Wformat=2 -Wimplicit-fallthrough -Wundef -Wvla \
	-Werror

# A sanitizer build leaves the hardening out, which hides or doubles what it looks for.
HARDEN = -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fstack-clash-protection -fPIE \
	$(if $(filter x86_64 i%86,$(MACHINE)),-fcf-protection)
SANITIZE = -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=address,undefined$(if $(filter fuzz,$(SAN)),$(,)fuzzer-no-link)
, := ,

LANGUAGE = -std=gnu17 -D_GNU_SOURCE -DJOB_VERSION='"$(VERSION)"' -Ilib
FLAGS = $(LANGUAGE) $(W) $(if $(SAN),$(SANITIZE),$(HARDEN)) $(CFLAGS)
LINK = $(if $(SAN),$(SANITIZE),-Wl$(,)-z$(,)relro$(,)-z$(,)now$(,)-z$(,)noexecstack) \
	-Wl,--as-needed $(CFLAGS) $(LDFLAGS)

# $(call is_static,program); $(call mode,program): how it is linked.
is_static = $(if $(SAN),,$(filter $1,$(STATIC)))
mode = $(if $(SAN),,$(if $(is_static),-static-pie,-pie))

# $(call ext,libraries,program): linked statically, where that can be chosen, they save a
# short-lived tool the work of the dynamic linker.  NOT_STATIC never are.
ext = $(if $(is_static_here),-Wl$(,)-Bstatic) $(patsubst %,-l%,$(filter-out $(NOT_STATIC),$1)) \
	$(if $(is_static_here),-Wl$(,)-Bdynamic) $(patsubst %,-l%,$(filter $(NOT_STATIC),$1)) \
	$(foreach l,$1,$(NEED_$l) $(if $(call is_static,$2),$(NEED_static_$l)))
is_static_here = $(if $(call is_static,$2),,$(filter yes,$(STATIC_LIBS)))

# $(call remember,file,text): writes the file only when its text changes, so that what depends
# on the file is made again exactly then.
remember = $(if $(subst x$2,,x$(file <$1))$(subst x$(file <$1),,x$2),$(file >$1,$2))

# Under -s only warnings are printed.
say = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),@:,@echo) "  $1"

ifdef BUILDING
$(shell mkdir -p $(BUILD)/lib $(BUILD)/bin)
$(call remember,$(BUILD)/flags,$(CC) $(FLAGS) $(LINK) $(STATIC_LIBS))
endif

# ---- libraries

archives = $(1:%=$(BUILD)/lib/lib%.a)
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $1))

# The list of members is remembered so that a file that goes away leaves the archive, too.
define library
$$(call remember,$(BUILD)/lib/$1.list,members: $(call objects,lib/$1/*.c))
$(BUILD)/lib/lib$1.a: $(call objects,lib/$1/*.c) $(BUILD)/lib/$1.list
	$$(call say,AR      $$@)
	@rm -f $$@ && $(AR) rcs $$@ $(call objects,lib/$1/*.c)
endef
$(if $(BUILDING),$(foreach l,$(LAYERS),$(eval $(call library,$l))))

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	$(call say,CC      $<)
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) $(if $(filter t/fuzz/%,$<),-Wno-missing-prototypes) -MMD -MP -c -o $@ $<

# ---- programs

# $(call program,folder,program,the same if it is linked as STATIC says)
define program
$(BUILD)/$1/$2: $(call objects,bin/$2.c bin/$2/*.c) $(call archives,$(LIBS_$2)) Makefile
	$$(call say,LD      $$@)
	@mkdir -p $$(@D)
	@$(CC) $(call mode,$3) $$(LINK) -o $$@ $$(filter %.o %.a,$$^) $(call ext,$(EXT_$2),$3)
endef
$(foreach p,$(PROGS),$(eval $(call program,bin,$p,$p)))

# The tools once more, for a test: nothing can be preloaded into what is static.
DYNAMIC := $(if $(SAN),,$(BIN:%=$(BUILD)/dynamic/%))
$(foreach p,$(BIN),$(eval $(call program,dynamic,$p)))

# ---- programs of the tests, each linked with everything.  In t/unit a file with an underscore
# in its name is a program; the others are what these share.

UNIT := $(patsubst %.c,$(BUILD)/%,$(wildcard t/unit/*_*.c))
TEST_PROGS := $(UNIT) $(patsubst %.c,$(BUILD)/%,$(wildcard t/helper/*.c t/bench/*.c))
FUZZ := $(patsubst %.c,$(BUILD)/%,$(wildcard t/fuzz/*.c))
SHARED := $(filter-out $(UNIT:$(BUILD)/%=$(BUILD)/obj/%.o),$(call objects,t/unit/*.c))

$(TEST_PROGS) $(FUZZ): $(BUILD)/%: $(BUILD)/obj/%.o $(SHARED) $(call archives,$(LAYERS))
	$(call say,LD      $@)
	@mkdir -p $(@D)
	@$(CC) $(call mode,$(@F)) $(LINK) $(if $(filter $@,$(FUZZ)),-fsanitize=fuzzer) -o $@ \
		$(filter %.o %.a,$^) $(call ext,$(EXT),$(@F))

# What is preloaded stands in front of libc, and so has nothing of a sanitizer's.
PRELOADS := $(patsubst %.c,$(BUILD)/%.so,$(wildcard t/faults/*.c))

$(PRELOADS): $(BUILD)/%.so: %.c $(BUILD)/flags
	$(call say,LD      $@)
	@mkdir -p $(@D)
	@$(CC) $(LANGUAGE) $(W) -O2 -fPIC -shared -o $@ $<

# Deliberate faults: each patch makes the simulation of the core anew, with one object of its own
# in front of the archive.  Its first line says what is wrong.

MUTANTS := $(patsubst t/mutants/%.patch,$(BUILD)/mutants/%,$(wildcard t/mutants/*.patch))
WORLD := $(BUILD)/obj/t/unit/core_random.o \
	$(foreach o,$(SHARED),$(if $(filter core% sim% zone% tap.o,$(notdir $o)),$o))

$(MUTANTS): $(BUILD)/mutants/%: t/mutants/%.patch $(WORLD) $(call archives,core base)
	@mkdir -p $(@D)
	@patch -s -F0 -o $@.c $$(sed -n 's|^--- a/||p' $<) $<
	@$(CC) $(FLAGS) -w -c -o $@.o $@.c
	@$(CC) -pie $(LINK) -o $@ $(WORLD) $@.o $(filter %.a,$^) $(call ext,bsd md,core_random)

# ---- targets

RUN = @MAKE='$(MAKE)' t/run.sh

.PHONY: all tests fuzzers check lint unit bats sanitize coverage fuzz bench crash faults hosts \
	soak recur vm-cuts cron-oracle simulate mutants options demo install uninstall \
	clean help warnings

## all        the libraries and programs, in build/ (the default)
all: $(call archives,$(LAYERS)) $(PROGS:%=$(BUILD)/bin/%)

tests: $(TEST_PROGS) $(PRELOADS) $(DYNAMIC)

fuzzers: $(if $(filter fuzz,$(SAN)),$(FUZZ))

## check      everything that must pass: build, lint, unit, bats, a short fuzz
check:
	$(RUN) build lint unit bats fuzz-short

## lint       layers, budgets, banned calls, headers, manuals, scripts
lint: all
	$(RUN) lint

## unit       the unit tests; T=base_err (or a pattern) picks some
unit: $(patsubst %.c,$(BUILD)/%,$(wildcard t/unit/$(or $T,*_*).c))
	$(RUN) unit

## bats       the tests of running programs; T=... picks some
bats: all tests
	$(RUN) bats

## sanitize   unit and bats with address, undefined and leak checks
sanitize:
	@SAN=1 BUILD=build/san MAKE='$(MAKE)' t/run.sh build unit bats

## coverage   unit and bats, and what of lib they reach; build/cov/missed is what they do not
COVERAGE = -g -O1 --coverage -fprofile-update=atomic
coverage:
	@CFLAGS='$(COVERAGE)' BUILD=build/cov MAKE='$(MAKE)' t/run.sh build unit bats; \
	    status=$$?; t/coverage.sh build/cov; exit $$status

## fuzz       each fuzz target, FUZZ_RUNS times or for FUZZ_SECONDS; T=... picks some
fuzz:
	$(RUN) fuzz

## bench      figures, each beside its yardstick
bench: all tests
	@JOB_BUILD=$(abspath $(BUILD)) t/bench/run

## crash      SIGKILL of jobd and jobworker at CRASH_ROUNDS random moments under load
CRASH_ROUNDS ?= 100
crash: all
	@JOB_BUILD=$(abspath $(BUILD)) t/faults/random $(CRASH_ROUNDS)

## faults     a fault at each call, power cuts, a full disk, bad clients, schedules (an hour)
faults: all tests
	@JOB_BUILD=$(abspath $(BUILD)) t/faults/all

## soak       SOAK_SECONDS of 100 jobs a second: nothing grows
SOAK_SECONDS ?= 7200
soak: all
	@JOB_BUILD=$(abspath $(BUILD)) t/faults/soak $(SOAK_SECONDS)

## vm-cuts    VM_CUTS power cuts of a virtual machine (a quarter of an hour, and qemu)
VM_CUTS ?= 20
vm-cuts: all
	@JOB_BUILD=$(abspath $(BUILD)) t/faults/vm $(VM_CUTS)

## hosts      JOBS over HOSTS hosts behind sshd, ROUNDS faults, and jobd AWAY for seconds (an hour)
HOSTS ?= 20
JOBS ?= 10000
ROUNDS ?= 300
AWAY ?= 600
hosts: all tests
	@JOB_BUILD=$(abspath $(BUILD)) t/faults/hosts $(HOSTS) $(JOBS) $(ROUNDS) $(AWAY)

## recur      schedules for RECUR_SECONDS while jobd is killed, stopped, and its disk is full
RECUR_SECONDS ?= 300
recur: all
	@JOB_BUILD=$(abspath $(BUILD)) t/faults/recur $(RECUR_SECONDS)

## cron-oracle  200 expressions, ten years, every time zone, against an oracle: some minutes
cron-oracle: all $(BUILD)/t/helper/fires
	@nice t/cron/oracle.py --batch $(BUILD)/t/helper/fires $(BUILD)/bin/jobcron

## simulate   the core in random histories, EVENTS of them, from seed SIM_SEED on
EVENTS ?= 10000000
simulate: $(BUILD)/t/unit/core_random
	@SIM_EVENTS=$(EVENTS) $<

## mutants    each deliberate fault in t/mutants is found by the simulation
mutants: $(MUTANTS)
	@t/mutants/run $(MUTANTS)

## options    each option, taken away from its program, is missed by a test
options: all
	@t/mutants/options

## demo       two minutes to look at
demo:
	@t/setup.sh build
	@$(MAKE) -s -j$$(nproc) all
	@JOB_BUILD=$(abspath $(BUILD)) t/demo.sh

# What is installed, as mode:source:target; a target under $(SYSCONFDIR) is kept if it exists.
SHARE = $(PREFIX)/share
FILES = $(foreach p,$(filter $(BIN),$(PROGS)),755:$(BUILD)/bin/$p:$(PREFIX)/bin/$p) \
	$(foreach p,$(filter $(SBIN),$(PROGS)),755:$(BUILD)/bin/$p:$(PREFIX)/sbin/$p) \
	$(foreach p,$(filter $(LIBEXEC),$(PROGS)),755:$(BUILD)/bin/$p:$(PREFIX)/libexec/job/$p) \
	$(foreach m,$(wildcard man/*.[1578]),\
		644:$m:$(SHARE)/man/man$(subst .,,$(suffix $m))/$(notdir $m)) \
	644:etc/jobd.service:$(PREFIX)/lib/systemd/system/jobd.service \
	644:etc/jobd-user.service:$(PREFIX)/lib/systemd/user/jobd.service \
	$(foreach p,$(BIN) $(SBIN),\
		644:contrib/completion/job.bash:$(SHARE)/bash-completion/completions/$p) \
	644:contrib/completion/_job:$(SHARE)/zsh/site-functions/_job
CONF = $(wildcard etc/job.conf)

## install    to PREFIX=/usr/local below DESTDIR; an existing job.conf is kept
install: all
	@set -e; for f in $(FILES); do \
		rest=$${f#*:}; install -D -m $${f%%:*} "$${rest%:*}" "$(DESTDIR)$${rest#*:}"; \
	done
	@sed -i -e 's|@SBINDIR@|$(PREFIX)/sbin|' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|' \
		$(DESTDIR)$(PREFIX)/lib/systemd/*/jobd.service
	@set -e; for f in $(CONF); do c="$(DESTDIR)$(SYSCONFDIR)/job/$${f##*/}"; \
		test -e "$$c" || install -D -m 644 "$$f" "$$c"; \
	done

## uninstall  removes what install put there, but job.conf
uninstall:
	@for f in $(FILES); do rm -f "$(DESTDIR)$${f##*:}"; done
	@rmdir "$(DESTDIR)$(PREFIX)/libexec/job" 2>/dev/null || :

## clean      removes build/
clean:
	rm -rf build

## help       this list
help:
	@sed -n 's/^## /make /p' Makefile
	@echo 'Settings: CC CFLAGS LDFLAGS W PREFIX DESTDIR SYSCONFDIR STATIC_LIBS=no SAN=1'

# For the checks: how a file is compiled when only its syntax is looked at.
warnings:
	@echo $(LANGUAGE) $(W)

-include $(if $(BUILDING),$(shell find $(BUILD)/obj -name '*.d' 2>/dev/null))
