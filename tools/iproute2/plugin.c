// SPDX-License-Identifier: GPL-2.0
/*
 * plugin.c - parses, prints and explains the options of a link kind.
 *
 * Attributes that the kernel does not send are left out; those that are newer
 * than this plugin never reach it (ip drops what is above maxattr).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"
#include "rate.h"

/* Exported by ip. iproute2: include/{utils,libnetlink,ll_map,json_print}.h */
#define OUTPUT_TEXT	1	/* enum output_type */
#define OUTPUT_JSON	2
#define OUTPUT_ANY	4	/* JSON or text, as asked for */
#define COLOR_IFNAME	0	/* enum color_attr */
#define COLOR_NONE	6

extern int get_u8(__u8 *value, const char *arg, int base);
extern int get_u16(__u16 *value, const char *arg, int base);
extern int get_u32(__u32 *value, const char *arg, int base);
extern void invarg(const char *reason, const char *arg); /* does not return */
extern void duparg(const char *keyword, const char *arg); /* nor does this */
extern void incomplete_command(void); /* nor this */
extern int nodev(const char *name);
extern unsigned int ll_name_to_index(const char *name);
extern const char *ll_index_to_name(unsigned int index);
extern int addattr8(struct nlmsghdr *request, int size, int type, __u8 value);
extern int addattr16(struct nlmsghdr *request, int size, int type, __u16 value);
extern int addattr32(struct nlmsghdr *request, int size, int type, __u32 value);
extern int addattr64(struct nlmsghdr *request, int size, int type, __u64 value);
extern int print_color_uint(int output, int color, const char *key,
			    const char *format, unsigned int value);
extern int print_color_u64(int output, int color, const char *key,
			   const char *format, uint64_t value);
extern int print_color_on_off(int output, int color, const char *key,
			      const char *format, bool value);
extern int print_color_string(int output, int color, const char *key,
			      const char *format, const char *value);

/* Room that ip leaves for a request, by the convention of its own kinds. */
#define REQUEST_SIZE	1024

static const struct plugin *plugin_of(const struct link_util *util)
{
	return (const struct plugin *)util;
}

static const char *const off_on[] = { "off", "on", NULL };

static int refuse(const struct plugin_option *option, const char *arg)
{
	char reason[256];

	snprintf(reason, sizeof(reason), "\"%s\" needs %s (%s)",
		 option->keyword, option->value, option->help);
	invarg(reason, arg);
	return -1;
}

static int parse_name(const char *const names[], const char *arg, __u8 *value)
{
	for (*value = 0; names[*value]; (*value)++)
		if (strcmp(arg, names[*value]) == 0)
			return 0;
	return -1;
}

static int parse_one(const struct plugin_option *option, const char *arg,
		     struct nlmsghdr *request)
{
	bool zero = option->zero && strcmp(arg, option->zero) == 0;
	uint64_t rate = 0;
	__u32 word = 0;
	__u16 half = 0;
	__u8 byte;

	switch (option->type) {
	case PLUGIN_U8:
		if (get_u8(&byte, arg, 0))
			return refuse(option, arg);
		return addattr8(request, REQUEST_SIZE, option->attr, byte);
	case PLUGIN_NAME:
	case PLUGIN_SWITCH:
		if (parse_name(option->names ? option->names : off_on, arg, &byte))
			return refuse(option, arg);
		return addattr8(request, REQUEST_SIZE, option->attr, byte);
	case PLUGIN_U16:
		if (!zero && get_u16(&half, arg, 0))
			return refuse(option, arg);
		return addattr16(request, REQUEST_SIZE, option->attr, half);
	case PLUGIN_U32:
		if (get_u32(&word, arg, 0))
			return refuse(option, arg);
		return addattr32(request, REQUEST_SIZE, option->attr, word);
	case PLUGIN_DEVICE:
		if (!zero)
			word = ll_name_to_index(arg);
		if (!zero && !word)
			return nodev(arg);
		return addattr32(request, REQUEST_SIZE, option->attr, word);
	case PLUGIN_RATE:
		if (!zero && rate_parse(arg, &rate))
			return refuse(option, arg);
		return addattr64(request, REQUEST_SIZE, option->attr, rate);
	case PLUGIN_U64:
		break;
	}
	return refuse(option, arg);
}

static const struct plugin_option *find(const struct plugin *plugin,
					const char *keyword)
{
	const struct plugin_option *option;

	for (option = plugin->options; option->keyword; option++)
		if (option->value && strcmp(option->keyword, keyword) == 0)
			return option;
	return NULL;
}

int plugin_parse_opt(struct link_util *util, int argc, char **argv,
		     struct nlmsghdr *request)
{
	const struct plugin_option *option;
	uint64_t seen = 0, bit;

	for (; argc > 0; argc -= 2, argv += 2) {
		option = find(plugin_of(util), argv[0]);
		if (!option) {
			if (strcmp(argv[0], "help") != 0)
				fprintf(stderr, "%s: unknown command \"%s\"?\n",
					util->id, argv[0]);
			plugin_print_help(util, argc, argv, stderr);
			return -1;
		}
		if (argc == 1)
			incomplete_command();
		bit = 1ull << option->attr;
		if (seen & bit)
			duparg(option->keyword, argv[1]);
		seen |= bit;
		if (parse_one(option, argv[1], request))
			return -1;
	}
	return 0;
}

/* The value of @attr, which may be shorter or longer than expected. */
static int value_of(const struct rtattr *attr, size_t size, uint64_t *value)
{
	uint32_t word;
	uint16_t half;
	uint8_t byte;

	if (!attr || RTA_PAYLOAD(attr) < size)
		return -1;
	switch (size) {
	case sizeof(byte):
		memcpy(&byte, RTA_DATA(attr), sizeof(byte));
		*value = byte;
		return 0;
	case sizeof(half):
		memcpy(&half, RTA_DATA(attr), sizeof(half));
		*value = half;
		return 0;
	case sizeof(word):
		memcpy(&word, RTA_DATA(attr), sizeof(word));
		*value = word;
		return 0;
	default:
		memcpy(value, RTA_DATA(attr), sizeof(*value));
		return 0;
	}
}

static size_t size_of(enum plugin_type type)
{
	switch (type) {
	case PLUGIN_U8:
	case PLUGIN_NAME:
	case PLUGIN_SWITCH:
		return sizeof(uint8_t);
	case PLUGIN_U16:
		return sizeof(uint16_t);
	case PLUGIN_U32:
	case PLUGIN_DEVICE:
		return sizeof(uint32_t);
	default:
		return sizeof(uint64_t);
	}
}

/* NULL if the kernel knows more names than we do. */
static const char *name_of(const struct plugin_option *option, uint64_t value)
{
	uint64_t i;

	for (i = 0; option->names[i]; i++)
		if (i == value)
			return option->names[i];
	return NULL;
}

static void print_text(int output, const char *key, const char *text, int color)
{
	char format[64];

	snprintf(format, sizeof(format), "%s %%s ", key);
	print_color_string(output, color, key, format, text);
}

static void print_number(int output, const struct plugin_option *option,
			 uint64_t value)
{
	const char *key = option->keyword;
	char format[64];

	if (size_of(option->type) == sizeof(uint64_t)) {
		snprintf(format, sizeof(format), "%s %%llu ", key);
		print_color_u64(output, COLOR_NONE, key, format, value);
	} else {
		snprintf(format, sizeof(format), "%s %%u ", key);
		print_color_uint(output, COLOR_NONE, key, format, value);
	}
}

/* A number that users know by another text stays a number in JSON. */
static void print_both(const struct plugin_option *option, uint64_t value,
		       const char *text)
{
	print_number(OUTPUT_JSON, option, value);
	print_text(OUTPUT_TEXT, option->keyword, text, COLOR_NONE);
}

static void print_one(const struct plugin_option *option,
		      const struct rtattr *attr)
{
	const char *key = option->keyword;
	const char *name = NULL;
	char text[64];
	uint64_t value;

	if (value_of(attr, size_of(option->type), &value))
		return;

	switch (option->type) {
	case PLUGIN_NAME:
		name = name_of(option, value);
		if (name)
			print_text(OUTPUT_ANY, key, name, COLOR_NONE);
		else
			print_number(OUTPUT_ANY, option, value);
		return;
	case PLUGIN_SWITCH:
		snprintf(text, sizeof(text), "%s %%s ", key);
		print_color_on_off(OUTPUT_ANY, COLOR_NONE, key, text, value);
		return;
	case PLUGIN_DEVICE:
		if (value)
			print_text(OUTPUT_ANY, key, ll_index_to_name(value),
				   COLOR_IFNAME);
		else
			print_text(OUTPUT_ANY, key, option->zero, COLOR_NONE);
		return;
	case PLUGIN_RATE:
		rate_print(value, text, sizeof(text));
		print_both(option, value, value ? text : option->zero);
		return;
	default:
		if (value || !option->zero)
			print_number(OUTPUT_ANY, option, value);
		else
			print_both(option, value, option->zero);
	}
}

void plugin_print_opt(struct link_util *util,
		      FILE *out __attribute__((unused)),
		      struct rtattr *attrs[])
{
	const struct plugin_option *option;

	if (!attrs)
		return;
	for (option = plugin_of(util)->options; option->keyword; option++)
		print_one(option, attrs[option->attr]);
}

void plugin_print_help(struct link_util *util,
		       int argc __attribute__((unused)),
		       char **argv __attribute__((unused)), FILE *out)
{
	const struct plugin_option *option;
	char left[64];

	fputs(plugin_of(util)->usage, out);
	for (option = plugin_of(util)->options; option->keyword; option++) {
		if (!option->value)
			continue;
		snprintf(left, sizeof(left), "%s %s", option->keyword,
			 option->value);
		fprintf(out, "\t[ %-36s ]  %s\n", left, option->help);
	}
}
