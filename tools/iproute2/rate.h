/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rate.h - rates in bit/s as tc(8) reads and writes them.
 */
#ifndef _VNICTEAM_IPROUTE2_RATE_H
#define _VNICTEAM_IPROUTE2_RATE_H

#include <stddef.h>
#include <stdint.h>

/* -1 if @arg is no rate. */
int rate_parse(const char *arg, uint64_t *rate);
void rate_print(uint64_t rate, char *text, size_t size);

#endif /* _VNICTEAM_IPROUTE2_RATE_H */
