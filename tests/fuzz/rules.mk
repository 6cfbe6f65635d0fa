# SPDX-License-Identifier: GPL-2.0
# Fuzzers of everything that reads bytes from outside: libFuzzer with AddressSanitizer and UBSan on the
# product's own files. Those of kmod/ are compiled against tests/fuzz/include in place of the kernel's headers.

FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_FLAGS := -std=gnu11 -g -O1 -Wall -Wextra -Werror -Wno-sign-compare -Wno-unused-function -Wno-pointer-sign \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

.PHONY: fuzz fuzz-build fuzz-guard
fuzz: ## Fuzz every parser, FUZZ_SECONDS (60) each
	@tests/setup fuzz
	@$(MAKE) --no-print-directory fuzz-build
	@tests/fuzz/run $(B)/fuzz

fuzz-build: $(FUZZERS)

# The kernel's parsers: each fuzzer includes the files it is about.
$(B)/fuzz/fuzz_der $(B)/fuzz/fuzz_content $(B)/fuzz/fuzz_blob $(B)/fuzz/fuzz_pkcs8: $(B)/fuzz/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h \
	tests/fuzz/include/linux/*.h kmod/*.c kmod/*.h include/*.h)
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -Itests/fuzz/include -Itests/fuzz -I. -Ikmod -Iinclude -Iagent/lib -o $@ $< $(call pkg,libcrypto)

# The guard's programs, against tests/fuzz/bpf in place of libbpf's header, and the model of tests/guard.
# A packet's data stands at 0 there, so that it is read by helpers: what is added to it before it is compared overflows nothing.
GUARD_FUZZ := tests/fuzz/fuzz_guard.c tests/guard/model.c tests/guard/model_link.c tests/guard/model_options.c tests/guard/model_tls.c
$(B)/fuzz/fuzz_guard: $(GUARD_FUZZ) $(wildcard bpf/*.[ch] tests/fuzz/*.h tests/fuzz/guard_shim.c tests/fuzz/bpf/bpf/*.h tests/guard/*.h include/*.h)
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fno-sanitize=pointer-overflow -D_GNU_SOURCE -Itests/fuzz/bpf -Itests/fuzz -Iinclude -Ibpf -o $@ $(GUARD_FUZZ) \
		bpf/egress.bpf.c bpf/ingress.bpf.c

fuzz-guard: ## Fuzz the guard's programs alone, for ten minutes
	@tests/setup fuzz
	@$(MAKE) --no-print-directory $(B)/fuzz/fuzz_guard
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-600} tests/fuzz/run $(B)/fuzz guard

$(B)/fuzz/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h agent/lib/*.c agent/lib/*.h include/*.h)
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -D_GNU_SOURCE -Itests/fuzz -Iagent/lib -Iinclude $(shell pkg-config --cflags libcrypto) \
		-o $@ $< $(wildcard agent/lib/*.c) $(call pkg,libcrypto) -linih
