# SPDX-License-Identifier: GPL-2.0
# The front door. `make help` lists what can be asked for.

B := build
PREFIX ?= /usr
LIBEXEC := $(PREFIX)/lib/tacit
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSCONF := /etc
LANES := 6.1 6.12

# Keep the goals that only say or remove something free of set-up.
# deb and test-packages set up what they need by themselves.
PASSIVE := help clean distclean deb test-packages
# SETUP=no: whoever calls has seen to it that everything is there, as Debian's, Buildroot's and Yocto's builds have.
SETUP ?= yes
ifneq ($(if $(filter no,$(SETUP)),,$(if $(MAKECMDGOALS),$(filter-out $(PASSIVE),$(MAKECMDGOALS)),all)),)
ifneq ($(shell tests/setup build && echo ready),ready)
$(error set-up failed; see above)
endif
endif

CC ?= gcc
CLANG ?= clang
# Where <asm/types.h> of the device lies, for eBPF; and where its libcrypto looks for providers.
BPF_CPPFLAGS ?= -I/usr/include/$(shell $(CC) -print-multiarch)
MODULESDIR ?= $(shell pkg-config --variable=modulesdir libcrypto)
PKGS := libcrypto libssl libbpf libnl-3.0 libnl-genl-3.0 libnl-route-3.0 json-c libevent_core libevent_extra
pkg = $(shell pkg-config --libs $(1))

# One place for the version: the module's.
VERSION := $(shell sed -n 's/^tacit-version := //p' Kbuild)

# The addresses under /usr/include/libnl3 and the like come from pkg-config.
CPPFLAGS := $(CPPFLAGS) -D_GNU_SOURCE -DTACIT_LIBEXEC='"$(LIBEXEC)"' -DTACIT_VERSION='"$(VERSION)"' \
	-Iinclude -Iagent/lib -I$(B)/bpf $(shell pkg-config --cflags $(PKGS))
CFLAGS += -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-fstack-protector-strong -fstack-clash-protection -fPIE -fvisibility=hidden
# Where a jump may land, by the processor's own check.
MACHINE := $(shell $(CC) -dumpmachine)
CFLAGS += $(if $(filter x86_64% i686%,$(MACHINE)),-fcf-protection) $(if $(filter aarch64%,$(MACHINE)),-mbranch-protection=standard)
ifeq ($(filter -D_FORTIFY_SOURCE%,$(CPPFLAGS)),)
CPPFLAGS += -D_FORTIFY_SOURCE=2
endif
LDFLAGS += -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed -pie

# `make V=1` shows the commands.
ifneq ($(V),1)
Q := @
say = @printf '  %-7s %s\n' $(1) $(patsubst $(B)/%,%,$@)
endif

objects = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))

.PHONY: all agent bench-guard bpf provider module modules tools demo test test-long check unit install deb test-packages clean distclean help
all: agent provider bpf module ## Build everything for this machine

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# ---- user space ----

agent: $(B)/tacit $(B)/tacitd $(B)/tacit-engine $(B)/tacit-resolver

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Compiled twice would be once too often: what is shared is linked from archives.
$(B)/lib.a: $(call objects,agent/lib)
$(B)/keys.a: $(call objects,agent/keys)
%.a:
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/tacit: $(call objects,agent/cli) $(B)/keys.a $(B)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,json-c libnl-3.0 libnl-genl-3.0 libcrypto) -lkeyutils -linih

# The warden holds privilege, so it does not link libssl: no peer's byte is parsed in it.
$(B)/tacitd: $(call objects,agent/warden) $(B)/keys.a $(B)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,json-c libbpf libnl-3.0 libnl-genl-3.0 libnl-route-3.0 libcrypto libevent_core) -linih

$(B)/tacit-engine: $(call objects,agent/engine) $(B)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libssl libcrypto libevent_core libevent_extra) -linih

# What it shares with the engine is how privilege is given up.
$(B)/tacit-resolver: $(call objects,agent/resolver) $(B)/agent/engine/sandbox.o $(B)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libcrypto libevent_core libevent_extra) -linih

# Skeletons are made before the warden is compiled.
$(call objects,agent/warden): | bpf

provider: $(B)/tacit.so
$(B)/agent/provider/%.o: CFLAGS += -fPIC
$(B)/tacit.so: $(call objects,agent/provider)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) -fPIC -shared -Wl,-z,relro,-z,now,-z,noexecstack,-z,defs -Wl,--as-needed -o $@ $^ $(call pkg,libcrypto) -lkeyutils

# ---- eBPF ----

# Shipped beside the skeletons so that their size and their code can be looked at.
.SECONDARY:
BPF_OBJECTS := $(patsubst bpf/%.bpf.c,$(B)/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))
bpf: $(BPF_OBJECTS:.bpf.o=.skel.h)
$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h) include/tacit_bpf.h
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Iinclude $(BPF_CPPFLAGS) -c -o $@ $<
	$(Q)llvm-strip -g $@ 2>/dev/null || llvm-strip-14 -g $@
$(B)/bpf/%.skel.h: $(B)/bpf/%.bpf.o
	$(Q)$(shell command -v bpftool || echo /usr/sbin/bpftool) gen skeleton $< name $*_bpf >$@ || { rm -f $@; exit 1; }

# ---- the kernel module ----
#
# kbuild writes beside the sources, so each kernel gets a tree of links of its
# own: several kernels are built from one checkout without mixing.

KDIR ?= /lib/modules/$(shell uname -r)/build
module: ## Build tacit.ko for the running kernel (or KDIR=...)
	@if [ -e "$(KDIR)/Makefile" ]; then tests/kbuild "$(KDIR)" $(B)/kmod/running; \
	else echo "no headers for the running kernel at $(KDIR): tacit.ko is built for the test kernels only (make modules)"; fi

modules: ## Build tacit.ko for both test kernels
	@for lane in $(LANES); do \
		tests/kbuild "/lib/modules/$$(readlink tests/.cache/kernels/$$lane)/build" $(B)/kmod/$$lane || exit 1; \
	done

# ---- what a newcomer runs ----

demo: ## The main job on real programs, in a VM; ends with what the observer saw
	@tests/setup test
	@$(MAKE) --no-print-directory -j$(shell nproc) agent provider bpf modules
	@tests/vm/demo

test: ## Everything: unit tests here, system tests in VMs on both kernels
	@tests/setup test
	@$(MAKE) --no-print-directory -j$(shell nproc) agent provider bpf modules tools unit-build
	@tests/run

test-long: ## The same and the tests that take minutes each
	@tests/setup test
	@tests/setup long
	@$(MAKE) --no-print-directory -j$(shell nproc) agent provider bpf modules tools unit-build
	@tests/run long

.PHONY: test-real test-real-vm
test-real: ## Real programs, browsers too, through the guard on this machine, in namespaces of their own (as root)
	@tests/setup real
	@$(MAKE) --no-print-directory -j$(shell nproc) bpf $(B)/tools/guard_host $(B)/hello/Hello.class $(B)/hello/hello
	@B=$(B) tests/vm/real

test-real-vm: ## The same on both test kernels, half an hour each
	@tests/setup real
	@$(MAKE) --no-print-directory -j$(shell nproc) bpf $(B)/tools/guard_host $(B)/hello/Hello.class $(B)/hello/hello
	@for lane in $(LANES); do \
		B=$(B) MEMORY=4G TIMEOUT=5400 tests/vm/quick $$lane $(B)/vm/real-$$lane \
			env REAL=all PATIENCE=900 TEST_TIMEOUT=5000 tests/vm/all tests/vm/test_real; \
		code=$$?; cat $(B)/vm/real-$$lane/test_real.tap; [ $$code = 0 ] || exit 1; \
	done

# Programs of test_real, built here because a VM would take its time.
$(B)/hello/Hello.class: tests/vm/hello/Hello.java
	@mkdir -p $(@D)
	$(Q)javac -d $(@D) $<
$(B)/hello/hello: tests/vm/hello/hello.go
	@mkdir -p $(@D)
	$(Q)HOME=$(abspath $(@D)) GO111MODULE=off CGO_ENABLED=0 go build -o $@ $<

TOOLS := $(patsubst tests/vm/tools/%.c,$(B)/tools/%,$(filter-out %.bpf.c,$(wildcard tests/vm/tools/*.c)))
tools: $(TOOLS) ## Only the programs that VM tests use
$(B)/tools/%: tests/vm/tools/%.c $(B)/keys.a $(wildcard include/*.h tests/vm/tools/*.h)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/keys.a $(call pkg,libnl-3.0 libnl-genl-3.0 libcrypto) -lkeyutils

# The fuzzer of the module, a file for each kind of call.
FUZZER := $(patsubst %.c,$(B)/%.o,$(wildcard tests/vm/tools/fuzz/*.c))
$(B)/tools/keystore_fuzz: tests/vm/tools/keystore_fuzz.c $(FUZZER)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libcrypto) -lkeyutils

# The guard without the rest of the warden.
GUARD := $(patsubst %,$(B)/agent/warden/%.o,guard guard_place guard_cgroup guard_pins guard_policy guard_wait guard_slots guard_witness guard_flows guard_named guard_sources guard_names guard_cure problem uplink qdisc rtnl)
$(B)/tools/guard_host: tests/vm/tools/guard_host.c $(GUARD) $(B)/lib.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libbpf libnl-3.0 libcrypto) -linih

$(B)/tools/guarded: tests/vm/tools/guarded.c $(GUARD) $(B)/lib.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libbpf libnl-3.0 libcrypto) -linih

# The guard's programs on a bench, fed by BPF_PROG_TEST_RUN.
BENCH := $(patsubst %,$(B)/tests/guard/%.o,bench packet tap)
$(B)/tests/guard/bench.o $(B)/tests/guard/loads.o: | bpf
$(B)/tools/holder.bpf.o: tests/guard/holder.bpf.c tests/guard/holder.h $(wildcard bpf/*.h) include/tacit_bpf.h
	@mkdir -p $(@D)
	$(Q)$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Iinclude -Ibpf $(BPF_CPPFLAGS) -c -o $@ $<
	$(Q)llvm-strip -g $@ 2>/dev/null || llvm-strip-14 -g $@
$(B)/tests/guard/stale.o: CPPFLAGS += -I$(B)/tools
$(B)/tests/guard/stale.o: $(B)/tools/holder.skel.h
$(B)/tools/verdicts: $(B)/tests/guard/verdicts.o $(B)/tests/guard/loads.o $(B)/tests/guard/swap.o $(B)/tests/guard/stale.o $(B)/tests/guard/others.o $(B)/tests/guard/shares.o $(B)/tests/guard/told.o $(BENCH) $(patsubst %,$(B)/agent/warden/%.o,guard_flows guard_policy guard_wait guard_slots guard_named guard_cgroup guard_names guard_cure problem) $(B)/lib.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libbpf libcrypto)
$(B)/tools/mutate: $(B)/tests/guard/mutate.o $(patsubst %,$(B)/tests/guard/%.o,model model_link model_options model_tls) $(BENCH)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libbpf)
$(B)/tests/guard/rules.o: | bpf
$(B)/tools/rules: $(B)/tests/guard/rules.o $(B)/tests/guard/model_rules.o $(BENCH)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libbpf)
$(B)/tools/hideouts $(B)/tools/options: $(B)/tools/%: $(B)/tests/guard/%.o $(BENCH)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libbpf)
$(B)/tools/exempt: $(B)/tests/guard/exempt.o $(BENCH)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libbpf)
tools: $(B)/tools/verdicts $(B)/tools/hideouts $(B)/tools/options $(B)/tools/exempt $(B)/tools/mutate $(B)/tools/traffic $(B)/tools/rules

# What a packet costs, beside nothing and beside the least that paces packets.
$(B)/tools/edt.bpf.o: tests/bench/edt.bpf.c include/tacit_bpf.h
	@mkdir -p $(@D)
	$(Q)$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Iinclude -I/usr/include/$(shell $(CC) -print-multiarch) -c -o $@ $<
	$(Q)llvm-strip -g $@ 2>/dev/null || llvm-strip-14 -g $@
$(B)/tools/guard_cost: tests/bench/guard_cost.c $(B)/tools/edt.skel.h $(BENCH)
	$(Q)$(CC) $(CPPFLAGS) -I$(B)/tools $(CFLAGS) $(LDFLAGS) -o $@ $< $(BENCH) $(call pkg,libbpf)
$(B)/tools/traffic: tests/bench/traffic.c $(B)/tests/guard/packet.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call pkg,libcrypto)
bench-guard: bpf $(B)/tools/guard_cost $(B)/tools/traffic $(B)/tools/guard_host ## What the guard costs, on this machine (as root)
	@tests/setup test
	@$(B)/tools/guard_cost
	@B=$(B) tests/bench/throughput

.PHONY: bench-guard-vm bench-departures bench-answers
bench-guard-vm: bpf $(B)/tools/guard_cost $(B)/tools/traffic $(B)/tools/guard_host ## The same counted in instructions, on both test kernels
	@tests/setup test
	@for lane in $(LANES); do B=$(B) tests/bench/counted $$lane || exit 1; done

bench-answers: ## How soon mosquitto answers a slot with an event and one without, on this machine (as root)
	@tests/setup test
	@unshare -n tests/bench/answers

bench-departures: bpf $(B)/tools/traffic $(B)/tools/guard_host ## 100,000 packets of a loaded uplink against its slots, on both test kernels
	@tests/setup test
	@for lane in $(LANES); do B=$(B) tests/bench/departures $$lane || exit 1; done

# The schedule in eBPF against the library's.
$(B)/tools/%.bpf.o: tests/vm/tools/%.bpf.c $(wildcard bpf/*.h tests/vm/tools/*.h)
	@mkdir -p $(@D)
	$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Iinclude -Ibpf $(BPF_CPPFLAGS) -c -o $@ $<
	llvm-strip -g $@ 2>/dev/null || llvm-strip-14 -g $@
$(B)/tools/%.skel.h: $(B)/tools/%.bpf.o
	$(shell command -v bpftool || echo /usr/sbin/bpftool) gen skeleton $< name $*_bpf >$@ || { rm -f $@; exit 1; }
$(B)/tools/schedule_equal: tests/vm/tools/schedule_equal.c $(B)/tools/schedule_equal.skel.h $(B)/lib.a
	$(CC) $(CPPFLAGS) -I$(B)/tools $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/lib.a $(call pkg,libbpf)

UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
# What the manual and the completion are compared with, and what test_keydir uses.
COMPARED := $(B)/tacit $(B)/tacitd $(B)/unit/config_table $(B)/tools/keydir_use
unit-build: $(UNITS) $(COMPARED)
unit: $(UNITS) $(COMPARED) ## Only the unit tests, on this machine
	@tests/run unit

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_SOURCES := $(wildcard agent/lib/*.c)
$(B)/unit/%: tests/unit/%.c $(UNIT_SOURCES) $(wildcard agent/lib/*.h include/*.h)
	@mkdir -p $(@D)
	$(call say,UNIT)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -fPIE -O2,$(CFLAGS)) -O1 -U_FORTIFY_SOURCE $(SANITIZE) -o $@ $< $(UNIT_SOURCES) \
		-lcmocka $(call pkg,libcrypto) -linih

# The engine's upstream session, with neither sockets nor slots.
SESSION_SOURCES := $(addprefix agent/engine/,session.c session_stage.c controls.c routes.c spool.c) $(wildcard agent/lib/mqtt*.c)
$(B)/unit/test_session: tests/unit/test_session.c $(SESSION_SOURCES) $(wildcard agent/engine/*.h agent/lib/*.h)
	@mkdir -p $(@D)
	$(call say,UNIT)
	$(Q)$(CC) $(CPPFLAGS) -Iagent/engine $(filter-out -fPIE -O2,$(CFLAGS)) -O1 -U_FORTIFY_SOURCE $(SANITIZE) -o $@ $< \
		$(SESSION_SOURCES) -lcmocka $(call pkg,libcrypto libevent_core)

CHILD_SOURCES := $(addprefix agent/warden/,child.c engine_process.c) $(addprefix agent/lib/,log.c message.c)
$(B)/unit/test_child: tests/unit/test_child.c $(CHILD_SOURCES) agent/warden/child.h agent/warden/engine_process.h
	@mkdir -p $(@D)
	$(call say,UNIT)
	$(Q)$(CC) $(CPPFLAGS) -Iagent/warden $(filter-out -fPIE -O2,$(CFLAGS)) -O1 -U_FORTIFY_SOURCE $(SANITIZE) -o $@ $< \
		$(CHILD_SOURCES) -lcmocka $(call pkg,libcrypto libevent_core)

# The module's files that speak to a TPM, against swtpm.
TPM_SOURCES := $(wildcard kmod/tpm*.c) kmod/rootkey_tpm.c kmod/counter.c kmod/counter_tpm.c
$(B)/unit/test_tpm: tests/unit/test_tpm.c $(TPM_SOURCES) $(wildcard kmod/*.h include/*.h tests/unit/kernel/*/*.h)
	@mkdir -p $(@D)
	$(call say,UNIT)
	$(Q)$(CC) -D_GNU_SOURCE -Itests/unit/kernel -Itests/fuzz/include -Iinclude -Ikmod -std=gnu11 -g -O1 -Wall -Wextra -Werror \
		-Wno-sign-compare -Wno-unused-parameter -Wno-deprecated-declarations $(SANITIZE) -o $@ $< $(TPM_SOURCES) \
		-lcmocka $(call pkg,libcrypto)

# ---- on the machine ----

install: agent provider bpf ## Install agent, provider and module sources (DESTDIR is honoured)
	install -D -m 0755 $(B)/tacit $(DESTDIR)$(PREFIX)/bin/tacit
	install -D -m 0755 $(B)/tacitd $(DESTDIR)$(PREFIX)/sbin/tacitd
	install -D -m 0755 $(B)/tacit-engine $(DESTDIR)$(LIBEXEC)/tacit-engine
	install -D -m 0755 $(B)/tacit-resolver $(DESTDIR)$(LIBEXEC)/tacit-resolver
	install -D -m 0644 $(B)/tacit.so $(DESTDIR)$(MODULESDIR)/tacit.so
	install -d $(DESTDIR)$(PREFIX)/src/tacit-$(VERSION)
	cp -r Kbuild kmod include $(DESTDIR)$(PREFIX)/src/tacit-$(VERSION)/
	sed 's/#MODULE_VERSION#/$(VERSION)/' packaging/dkms.conf >$(DESTDIR)$(PREFIX)/src/tacit-$(VERSION)/dkms.conf
	install -D -m 0644 packaging/systemd/tacitd.service $(DESTDIR)$(UNITDIR)/tacitd.service
	install -D -m 0644 packaging/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/tacit.conf
	install -D -m 0644 packaging/tacit.conf $(DESTDIR)$(PREFIX)/share/doc/tacit/examples/tacit.conf
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/share/doc/tacit/examples/initramfs packaging/initramfs/hook packaging/initramfs/init-top
	for page in $(wildcard packaging/man/*.[578]); do \
		install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man$${page##*.} $$page || exit 1; \
	done
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	for file in $(wildcard packaging/completion/tacit); do \
		install -m 0644 -t $(DESTDIR)$(PREFIX)/share/bash-completion/completions $$file || exit 1; \
	done
	install -d -m 0700 $(DESTDIR)/var/lib/tacit/keys
	install -d $(DESTDIR)$(SYSCONF)/tacit

deb: ## Build the Debian packages tacit and tacit-dkms into build/deb
	@packaging/deb $(B)/deb

test-packages: ## Install them in a fresh Debian 12 and go through the quick start there, in a VM
	@tests/run packages

clean: ## Remove what was built
	rm -rf $(B)

distclean: clean ## Remove the downloaded test kernels as well
	rm -rf tests/.cache

# Fuzzers, the sanitizer kernel, measurements: each beside its rules.
include $(wildcard tests/*/rules.mk)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
