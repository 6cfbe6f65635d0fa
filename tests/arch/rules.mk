# SPDX-License-Identifier: GPL-2.0
.PHONY: test-arch
test-arch: ## The module on amd64, arm64 and big-endian s390x, exchanging sealed keys, in VMs
	@tests/setup arch
	@tests/arch/run $(B)
