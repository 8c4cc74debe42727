# SPDX-License-Identifier: GPL-2.0
#
# Makefile - entry to everything: builds vnicteam.ko for a stock Debian
# kernel, runs it in a VM, checks it. `make help` lists the targets.

VM := selftests/vm
export KVER V W KERNEL ICOUNT SMP MEM NICS NOMOD TIMEOUT KLOG ACCEL CMDLINE QEMU_ARGS

## all:           vnicteam.ko, with programs and samples
all: module tools

## help:          this
help:
	@sed -n 's/^## \([a-z-]*:\)/  make \1/p; t; s/^##$$//p; s/^## /  /p' Makefile

## demo:          VNICs lose a NIC in a VM and go on: watch it
demo: module tools
	@TIMEOUT=$${TIMEOUT:-600} $(VM)/boot selftests/demo/demo.py

## check:         all checks; TESTS="a.sh b.py": these kselftests only
check:
	@$(VM)/check $(TESTS)

## check-quick:   lints, host tests, and a few kselftests on the stock kernel
check-quick:
	@$(VM)/check quick

## fuzz:          fuzz the decisions (nightly Rust) for SECONDS=60 a target
fuzz:
	@selftests/host/run_fuzz $(SECONDS)

## mutants:       change the decisions in small ways: do the tests notice?
mutants:
	@selftests/host/run_mutants

## soak:          links come and go at once on the debug kernel: MINUTES=10 SEED=1
soak: export KERNEL := $(or $(KERNEL),debug)
soak: module tools
	@CMDLINE="$(CMDLINE) soak.minutes=$(or $(MINUTES),10) soak.seed=$(or $(SEED),1)" \
		$(VM)/run_kselftests soak.py

## lint:          look at the source: shellcheck, rustfmt, checkpatch
lint:
	@$(VM)/lint

## format:        bring the Rust source into rustfmt's form
format:
	@$(VM)/lint format

## clippy:        Rust's lints with the kernel's configuration
clippy:
	@$(VM)/module --clippy "$(KVER)" >/dev/null

## bench:         instructions per frame, beside bonding, team and macvlan; ROWS="vnic"
bench: module tools
	@selftests/bench/$(if $(PROFILE),profile $(PROFILE),bench) $(ROWS)

## bench-chart:   draw what make bench measured into Documentation/
bench-chart:
	@selftests/bench/chart

## conformance:   the kernel's own tests on teams and VNICs; table in Documentation/
conformance: module tools
	@selftests/conformance/conformance $(TESTS)

## vm:            a shell in a VM with the module loaded, or RUN="SCRIPT ARGS"
vm: $(if $(NOMOD),,module tools)
	@$(VM)/boot $(RUN)

## module:        vnicteam.ko and the samples, in build/KVER and vnicteam.ko here
module samples:
	@$(VM)/module "$(KVER)" >/dev/null

## debug-kernel:  the kernel of KERNEL=debug: KASAN, lockdep, kmemleak, faults
debug-kernel:
	@$(VM)/debug "$$(KERNEL=debug $(VM)/kernel version "$(KVER)")" >/dev/null

## tools:         the programs of tools/, into build/install for the VM
tools:
	@$(VM)/tools

## install-tools: build and install the programs of tools/ on this host
install-tools:
	@for dir in tools/*/; do \
		[ ! -e $$dir/Makefile ] || $(MAKE) -C $$dir install || exit; \
	done

## docs:          the pages as HTML in build/docs, and looks at the manual pages
docs:
	@$(VM)/docs

## refresh:       look for a newer stock kernel at the next make
refresh:
	@$(VM)/kernel refresh

## clean:         remove what was built here
clean:
	@rm -rf build vnicteam.ko selftests/host/target

## distclean:     the same, and say where the cache is
distclean: clean
	@$(VM)/cache

##
## KVER=7.3            another series, or a full version: KVER=7.2.12+deb13-amd64
## KERNEL=debug        module, vm, check: on the debug kernel
## W=1 V=1             as for the kernel's make
## for vm and check:   SMP= MEM= NICS=0|4|6 ICOUNT=1 NOMOD=1 TIMEOUT= KLOG=FILE
## JOBS=2              check: VMs side by side
## VNICTEAM_CACHE=DIR  where the build root, kernels and trees are kept

.PHONY: all help demo check check-quick fuzz mutants soak lint format clippy bench bench-chart \
	conformance vm module samples debug-kernel tools install-tools docs refresh clean distclean
