/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of formats on the command line, as the table of formats knows them. */
#include "cli/cli.h"
#include <string.h>

/* "text, json or gcc" */
static void put_names(FILE *out)
{
	for (int i = 0; i < SN_FORMAT_COUNT; i++)
		fprintf(out, "%s%s",
			!i                         ? ""
			: i + 1 == SN_FORMAT_COUNT ? " or "
						   : ", ",
			sn_format_name((enum sn_format)i));
}

static int refuse(const char *command, const char *name, size_t n)
{
	char names[512] = "";
	FILE *out = fmemopen(names, sizeof(names), "w");

	if (out) {
		put_names(out);
		fclose(out);
	}
	return cli_usage(command, "unknown format '%.*s': give %s", (int)n, name, names);
}

int cli_formats_add(unsigned *set, const char *command, const char *list)
{
	do {
		size_t n = strcspn(list, ",");
		int format = sn_format_find(list, n);

		if (format < 0)
			return refuse(command, list, n);
		*set |= 1u << format;
		list += n + (list[n] == ',');
	} while (*list);
	return 0;
}

void cli_formats_help(FILE *out, int indent, int with_files)
{
	for (int i = 0; i < SN_FORMAT_COUNT; i++) {
		enum sn_format f = (enum sn_format)i;

		fprintf(out, "%*s%-9s ", indent, "", sn_format_name(f));
		if (with_files)
			fprintf(out, "%s: ", sn_format_file(f));
		fprintf(out, "%s\n", sn_format_help(f));
	}
}
