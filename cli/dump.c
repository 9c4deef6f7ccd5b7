/* SPDX-License-Identifier: Apache-2.0
 *
 * `snarl dump`: the tables of a recording as they are, a record a line, from tables.def and
 * fields.def.  For whoever works on snarl, or has a recording that no report explains. */
#include "cli/cli.h"
#include "base/foreign.h"
#include "base/format.h"
#include "base/names.h"
#include "base/reader.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#define TEXT_MAX 512

static const struct {
	const char *record; /* "struct NAME", or the type of a number */
	size_t size;
} types[] = {
#define SN_TABLE(e, name, type, most) {#type, sizeof(type)},
#include "base/tables.def"
#undef SN_TABLE
};

static int is_zero(const char *bytes, size_t size)
{
	while (size && !*bytes)
		bytes++, size--;
	return !size;
}

static void print_text(const char *bytes, size_t room)
{
	char text[TEXT_MAX], shown[4 * TEXT_MAX];
	size_t n = strnlen(bytes, room < TEXT_MAX ? room : TEXT_MAX - 1);

	memcpy(text, bytes, n);
	text[n] = 0;
	sn_foreign_escape(shown, sizeof(shown), text, SN_OUTPUT_TEXT);
	printf("\"%s\"", shown);
}

static void print_number(const struct sn_field *f, const char *bytes)
{
	uint64_t n = 0;

	memcpy(&n, bytes, f->element); /* the format is little-endian, as x86-64 is */
	if (f->element == sizeof(n) && n > UINT32_MAX)
		printf("0x%" PRIx64, n);
	else
		printf("%" PRIu64, n);
}

static void print_record(const char *record, size_t length, const char *bytes);

static void print_element(const struct sn_field *f, const char *type, const char *bytes)
{
	if (strncmp(type, "sn_", 3)) {
		print_number(f, bytes);
		return;
	}
	putchar('{');
	print_record(type, strlen(type), bytes);
	putchar('}');
}

static void print_value(const struct sn_field *f, const char *type, const char *bytes)
{
	size_t count = f->size / f->element, shown = 0;

	if (!strcmp(type, "char")) {
		print_text(bytes, f->size);
		return;
	}
	if (count == 1) {
		print_element(f, type, bytes);
		return;
	}
	putchar('[');
	for (size_t i = 0; i < count; i++)
		if (!is_zero(bytes + i * f->element, f->element)) {
			printf("%s%zu:", shown++ ? " " : "", i);
			print_element(f, type, bytes + i * f->element);
		}
	putchar(']');
}

/* Its fields that are not zero; `record` is the record's name, of that length. */
static void print_record(const char *record, size_t length, const char *bytes)
{
	const struct sn_field *f;
	size_t count, shown = 0;

	f = sn_format_fields(&count);
	for (size_t i = 0; i < count; i++) {
		const char *name = f[i].text + length + 1, *type = strchr(f[i].text, ':');
		if (strncmp(f[i].text, record, length) || f[i].text[length] != '.' ||
		    is_zero(bytes + f[i].offset, f[i].size))
			continue;
		printf("%s%.*s=", shown++ ? " " : "", (int)(type - name), name);
		print_value(&f[i], type + 1, bytes + f[i].offset);
	}
}

static void print_strings(const struct sn_view *v)
{
	const char *base = v->table[SN_TABLE_STRING].base;
	uint32_t count = sn_view_count(v, SN_TABLE_STRING);

	for (uint32_t i = 1; i < count; i += (uint32_t)strnlen(base + i, count - i) + 1) {
		printf("string %u ", i);
		print_text(base + i, count - i);
		putchar('\n');
	}
}

static void print_table(const struct sn_view *v, enum sn_table t)
{
	static const struct sn_field number = {.size = 8, .element = 8};
	const char *base = v->table[t].base, *record = types[t].record;
	size_t size = types[t].size;

	for (uint32_t i = 1; i < sn_view_count(v, t); i++) {
		if (is_zero(base + i * size, size))
			continue;
		printf("%s %u ", sn_table_name(t), i);
		if (strncmp(record, "struct ", 7))
			print_number(&number, base + i * size);
		else
			print_record(record + 7, strlen(record + 7), base + i * size);
		putchar('\n');
	}
}

static int is_wanted(const char *table, char **wanted)
{
	if (!*wanted)
		return 1;
	for (; *wanted; wanted++)
		if (!strcmp(table, *wanted))
			return 1;
	return 0;
}

static void dump(const struct sn_reader *r, char **wanted)
{
	if (is_wanted("header", wanted)) {
		fputs("header ", stdout);
		print_record("sn_header", strlen("sn_header"), (const char *)&r->header);
		putchar('\n');
	}
	for (int t = 0; t < SN_TABLE_COUNT; t++)
		if (is_wanted(sn_table_name((unsigned)t), wanted) && t == SN_TABLE_STRING)
			print_strings(&r->view);
		else if (is_wanted(sn_table_name((unsigned)t), wanted))
			print_table(&r->view, t);
}

static int check_tables(char **wanted)
{
	for (; *wanted; wanted++) {
		int known = !strcmp(*wanted, "header");
		for (unsigned t = 0; t < SN_TABLE_COUNT; t++)
			known |= !strcmp(*wanted, sn_table_name(t));
		if (!known)
			return cli_usage("dump", "there is no table '%s'", *wanted);
	}
	return 0;
}

int cli_dump(int argc, char **argv)
{
	static const struct option long_options[] = {{"help", no_argument, NULL, 'h'},
						     {NULL, 0, NULL, 0}};
	char error[CLI_ERROR_MAX];
	struct sn_reader r;
	int c;

	while ((c = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (c == 'h')
			return cli_help("dump", stdout);
		return cli_usage("dump", "unknown option '%s'", argv[optind - 1]);
	}
	if (optind == argc)
		return cli_usage("dump", "which recording? give its file (*.snarl)");
	if (check_tables(argv + optind + 1))
		return CLI_USAGE;
	if (sn_reader_open(&r, argv[optind], error, sizeof(error))) {
		cli_error("%s", error);
		return CLI_USAGE;
	}
	dump(&r, argv + optind + 1);
	sn_reader_close(&r);
	return 0;
}
