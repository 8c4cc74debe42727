# SPDX-License-Identifier: GPL-2.0
#
# Makefile - entry to everything: builds vnicteam.ko for a stock Debian
# kernel, runs it in a VM, checks it. `make help` lists the targets.

VM := selftests/vm
export KVER V W

all: module

module:
	@$(VM)/module "$(KVER)" >/dev/null

.PHONY: all module
