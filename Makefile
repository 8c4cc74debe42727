# SPDX-License-Identifier: GPL-2.0
#
# Makefile - entry to everything: builds vnicteam.ko for a stock Debian
# kernel, runs it in a VM, checks it. `make help` lists the targets.

VM := selftests/vm
export KVER V W KERNEL ICOUNT SMP MEM NICS NOMOD TIMEOUT KLOG ACCEL CMDLINE

all: module

module:
	@$(VM)/module "$(KVER)" >/dev/null

# A module that does not build must not keep anyone from the VM: NOMOD=1.
vm: $(if $(NOMOD),,module)
	@$(VM)/boot $(RUN)

.PHONY: all module vm
