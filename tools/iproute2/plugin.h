/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plugin.h - what the link kinds of vnicteam need to be plugins of ip(8).
 *
 * ip loads link_<kind>.so from its library folder's ip/ (or from IP_LIB_DIR)
 * and looks up <kind>_link_util in it. No header of iproute2 is installed by
 * Debian, so the few functions that ip exports to its plugins are declared
 * here. They have been the same from iproute2 5.10 to 7.1.
 *
 * A kind is a table of options. The functions in plugin.c parse, print and
 * explain any such table; a link_<kind>.c holds the table only.
 */
#ifndef _VNICTEAM_IPROUTE2_PLUGIN_H
#define _VNICTEAM_IPROUTE2_PLUGIN_H

#include <stdio.h>
#include <linux/rtnetlink.h>

/* iproute2: ip/ip_common.h */
struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *util, int argc, char **argv,
			 struct nlmsghdr *request);
	void (*print_opt)(struct link_util *util, FILE *out,
			  struct rtattr *attrs[]);
	void (*print_xstats)(struct link_util *util, FILE *out,
			     struct rtattr *attr);
	void (*print_help)(struct link_util *util, int argc, char **argv,
			   FILE *out);
	int (*parse_ifla_xstats)(struct link_util *util, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *message, void *arg);
};

enum plugin_type {
	PLUGIN_U8,		/* number */
	PLUGIN_U16,		/* number; 0 is the word in zero */
	PLUGIN_U32,		/* number */
	PLUGIN_U64,		/* number */
	PLUGIN_NAME,		/* u8, index into names */
	PLUGIN_SWITCH,		/* u8, on or off */
	PLUGIN_DEVICE,		/* u32, ifindex; 0 is the word in zero */
	PLUGIN_RATE,		/* u64, bit/s; 0 is the word in zero */
};

struct plugin_option {
	const char *keyword;	/* argument and JSON key, NULL: end of table */
	int attr;
	enum plugin_type type;
	const char *value;	/* how help names the value, NULL: read-only */
	const char *help;	/* what it is */
	const char *const *names; /* PLUGIN_NAME: NULL-terminated */
	const char *zero;	/* word for 0 */
};

struct plugin {
	struct link_util util;	/* first: ip knows the plugin by its address */
	const char *usage;
	const struct plugin_option *options;
};

int plugin_parse_opt(struct link_util *util, int argc, char **argv,
		     struct nlmsghdr *request);
void plugin_print_opt(struct link_util *util, FILE *out,
		      struct rtattr *attrs[]);
void plugin_print_help(struct link_util *util, int argc, char **argv,
		       FILE *out);

/* Initializer of a plugin's util. */
#define PLUGIN_UTIL(kind, max)				\
	{						\
		.id = (kind),				\
		.maxattr = (max),			\
		.parse_opt = plugin_parse_opt,		\
		.print_opt = plugin_print_opt,		\
		.print_help = plugin_print_help,	\
	}

/* ip finds <kind>_link_util by name; the rest of a plugin is its own. */
#define PLUGIN_EXPORT __attribute__((visibility("default")))

#endif /* _VNICTEAM_IPROUTE2_PLUGIN_H */
