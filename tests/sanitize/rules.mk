# SPDX-License-Identifier: GPL-2.0
.PHONY: test-sanitize
test-sanitize: ## The module's tests under KASAN, lockdep, UBSAN and kmemleak (builds that kernel first, once)
	@tests/setup sanitize
	@$(MAKE) --no-print-directory -j$(shell nproc) agent provider bpf tools
	@tests/sanitize/run $(B)
