// SPDX-License-Identifier: GPL-2.0
/*
 * rate.c - rates in bit/s as tc(8) reads and writes them: 25gbit, 2.5Gbit,
 * 100mibit, 125mbps (bytes), or a plain number.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rate.h"

#define RATE_MAX	1e18

static const char prefixes[] = "kmgt";

int rate_parse(const char *arg, uint64_t *rate)
{
	const char *prefix = NULL;
	double value, kilo = 1000;
	char *rest;
	int i;

	value = strtod(arg, &rest);
	if (rest == arg)
		return -1;
	if (*rest)
		prefix = strchr(prefixes, tolower(*rest));
	if (prefix) {
		rest++;
		if (tolower(*rest) == 'i') {
			kilo = 1024;
			rest++;
		}
		for (i = 0; i <= prefix - prefixes; i++)
			value *= kilo;
		if (!*rest)
			return -1;
	}
	if (strcasecmp(rest, "bps") == 0)
		value *= 8;
	else if (*rest && strcasecmp(rest, "bit") != 0)
		return -1;
	/* Neither negative nor NaN; what is less than one bit/s is a mistake. */
	if (value != 0 && !(value >= 1 && value <= RATE_MAX))
		return -1;
	*rate = value + 0.5;
	return 0;
}

/* With the largest unit that loses nothing, so that it reads back the same. */
void rate_print(uint64_t rate, char *text, size_t size)
{
	const char *prefix = "\0KMGT";

	while (rate && rate % 1000 == 0 && prefix[1]) {
		rate /= 1000;
		prefix++;
	}
	snprintf(text, size, "%llu%.1sbit", (unsigned long long)rate, prefix);
}
