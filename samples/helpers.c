// SPDX-License-Identifier: GPL-2.0
/* The C wrappers of rust/net, compiled for this module. */
#include "../rust/net/helpers.c"
