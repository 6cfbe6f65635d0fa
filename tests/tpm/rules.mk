# SPDX-License-Identifier: GPL-2.0
.PHONY: test-tpm
test-tpm: ## Only the tests with a TPM 2.0 (swtpm) in VMs that are booted again and again
	@tests/setup test
	@$(MAKE) --no-print-directory -j$(shell nproc) agent provider bpf modules tools
	@tests/run tpm
