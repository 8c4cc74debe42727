// SPDX-License-Identifier: GPL-2.0
/*
 * plugin.c - parses, prints and explains the options of a link kind.
 *
 * Attributes that the kernel does not send are left out; those that are newer
 * than this plugin never reach it (ip drops what is above maxattr).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

/* Exported by ip. iproute2: include/{utils,libnetlink,ll_map,json_print}.h */
#define OUTPUT_ANY	4	/* enum output_type: JSON or text, as asked for */
#define COLOR_IFNAME	0	/* enum color_attr */
#define COLOR_NONE	6

extern int get_u8(__u8 *value, const char *arg, int base);
extern int get_u32(__u32 *value, const char *arg, int base);
extern unsigned int ll_name_to_index(const char *name);
extern const char *ll_index_to_name(unsigned int index);
extern int addattr8(struct nlmsghdr *request, int size, int type, __u8 value);
extern int addattr32(struct nlmsghdr *request, int size, int type, __u32 value);
extern int print_color_uint(int output, int color, const char *key,
			    const char *format, unsigned int value);
extern int print_color_u64(int output, int color, const char *key,
			   const char *format, uint64_t value);
extern int print_color_string(int output, int color, const char *key,
			      const char *format, const char *value);

/* Room that ip leaves for a request, by the convention of its own kinds. */
#define REQUEST_SIZE	1024

static const struct plugin *plugin_of(const struct link_util *util)
{
	return (const struct plugin *)util;
}

static int refuse(const struct plugin_option *option, const char *arg)
{
	if (option->type == PLUGIN_DEVICE)
		fprintf(stderr, "Cannot find device \"%s\" for \"%s\"\n", arg,
			option->keyword);
	else
		fprintf(stderr, "Error: argument of \"%s\" is wrong: %s is not %s\n",
			option->keyword, arg, option->value);
	return -1;
}

static int parse_name(const struct plugin_option *option, const char *arg,
		      __u8 *value)
{
	for (*value = 0; option->names[*value]; (*value)++)
		if (strcmp(arg, option->names[*value]) == 0)
			return 0;
	return -1;
}

static int parse_device(const struct plugin_option *option, const char *arg,
			__u32 *value)
{
	*value = 0;
	if (strcmp(arg, option->zero) == 0)
		return 0;
	*value = ll_name_to_index(arg);
	return *value ? 0 : -1;
}

static int parse_one(const struct plugin_option *option, const char *arg,
		     struct nlmsghdr *request)
{
	__u32 word;
	__u8 byte;

	switch (option->type) {
	case PLUGIN_U8:
		if (get_u8(&byte, arg, 0))
			return refuse(option, arg);
		return addattr8(request, REQUEST_SIZE, option->attr, byte);
	case PLUGIN_NAME:
		if (parse_name(option, arg, &byte))
			return refuse(option, arg);
		return addattr8(request, REQUEST_SIZE, option->attr, byte);
	case PLUGIN_U32:
		if (get_u32(&word, arg, 0))
			return refuse(option, arg);
		return addattr32(request, REQUEST_SIZE, option->attr, word);
	case PLUGIN_DEVICE:
		if (parse_device(option, arg, &word))
			return refuse(option, arg);
		return addattr32(request, REQUEST_SIZE, option->attr, word);
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

	for (; argc > 0; argc -= 2, argv += 2) {
		option = find(plugin_of(util), argv[0]);
		if (!option) {
			if (strcmp(argv[0], "help") != 0)
				fprintf(stderr, "%s: unknown option \"%s\"?\n",
					util->id, argv[0]);
			plugin_print_help(util, argc, argv, stderr);
			return -1;
		}
		if (argc == 1) {
			fprintf(stderr, "Error: \"%s\" needs %s after it\n",
				option->keyword, option->value);
			return -1;
		}
		if (parse_one(option, argv[1], request))
			return -1;
	}
	return 0;
}

/* The value of @attr, which may be shorter or longer than expected. */
static int value_of(const struct rtattr *attr, size_t size, uint64_t *value)
{
	uint32_t word;
	uint8_t byte;

	if (!attr || RTA_PAYLOAD(attr) < size)
		return -1;
	switch (size) {
	case sizeof(byte):
		memcpy(&byte, RTA_DATA(attr), sizeof(byte));
		*value = byte;
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
		return sizeof(uint8_t);
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

static void print_one(const struct plugin_option *option,
		      const struct rtattr *attr)
{
	const char *key = option->keyword;
	const char *name = NULL;
	uint64_t value;
	char text[64];

	if (value_of(attr, size_of(option->type), &value))
		return;

	if (option->type == PLUGIN_NAME)
		name = name_of(option, value);
	else if (option->type == PLUGIN_DEVICE)
		name = value ? ll_index_to_name(value) : option->zero;

	if (name) {
		snprintf(text, sizeof(text), "%s %%s ", key);
		print_color_string(OUTPUT_ANY,
				   option->type == PLUGIN_DEVICE && value ?
					COLOR_IFNAME : COLOR_NONE,
				   key, text, name);
	} else if (option->type == PLUGIN_U64) {
		snprintf(text, sizeof(text), "%s %%llu ", key);
		print_color_u64(OUTPUT_ANY, COLOR_NONE, key, text, value);
	} else {
		snprintf(text, sizeof(text), "%s %%u ", key);
		print_color_uint(OUTPUT_ANY, COLOR_NONE, key, text, value);
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
