# SPDX-License-Identifier: GPL-2.0
.PHONY: bench bench-keys
# One after the other: what is measured beside another measurement is measured wrongly.
bench: ## Measure it all, here and in VMs, as root: bench-keys, -guard, -guard-vm, -departures
	@$(MAKE) --no-print-directory bench-keys
	@$(MAKE) --no-print-directory bench-guard
	@$(MAKE) --no-print-directory bench-guard-vm
	@$(MAKE) --no-print-directory bench-departures

bench-keys: ## Signatures beside OpenSSL and a TPM, a handshake's share, size and memory, in VMs
	@tests/setup bench
	@$(MAKE) --no-print-directory -j$(shell nproc) agent provider bpf modules tools $(B)/bench $(B)/bench_module
	@tests/bench/run $(B)

$(B)/bench: tests/bench/bench.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(call pkg,libssl libcrypto tss2-esys tss2-tctildr)
$(B)/bench_module: tests/bench/module.c tests/vm/tools/genl_raw.h $(wildcard include/*.h)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $<
