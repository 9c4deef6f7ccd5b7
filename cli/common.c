/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages, values and options that more than one subcommand needs. */
#include "cli/cli.h"
#include "base/environment.h"
#include "report/shown.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tell(const char *format, va_list args, const char *end)
{
	char line[2 * CLI_ERROR_MAX];

	vsnprintf(line, sizeof(line), format, args);
	fprintf(stderr, "snarl: %s%s\n", sn_shown(line), end);
}

void cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(format, args, "");
	va_end(args);
}

int cli_usage(const char *command, const char *format, ...)
{
	char end[64];
	va_list args;

	snprintf(end, sizeof(end), ": see `snarl %s%s`", command ? "help " : "--help",
		 command ? command : "");
	va_start(args, format);
	tell(format, args, end);
	va_end(args);
	return CLI_USAGE;
}

int cli_parse_duration(const char *text, double *seconds)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"min", 60}, {"h", 3600}};
	char *end;
	double n = strtod(text, &end);

	/* strtod also takes blanks, signs, "inf" and hexadecimal numbers: a duration has none. */
	if (end == text || strspn(text, "0123456789.") != (size_t)(end - text))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name))
			continue;
		*seconds = n * units[i].seconds;
		return *seconds > 0 && *seconds <= 1e9 ? 0 : -EINVAL;
	}
	return -EINVAL;
}

char *cli_absolute(const char *path)
{
	char *cwd, *full = NULL;

	if (path[0] == '/')
		return strdup(path);
	cwd = getcwd(NULL, 0);
	if (!cwd || asprintf(&full, "%s/%s", cwd, path) < 0)
		full = NULL;
	free(cwd);
	return full;
}

int cli_color(const char *when, FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when && !strcmp(when, "always"))
		return 1;
	if (when && !strcmp(when, "never"))
		return 0;
	if (when && strcmp(when, "auto"))
		return -EINVAL;
	return isatty(fileno(out)) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

static int add_text(struct cli_options *o, const char *text)
{
	char *both;

	if (asprintf(&both, "%s%s%s", o->text ? o->text : "", o->text && *o->text ? ":" : "",
		     text) < 0)
		return -ENOMEM;
	free(o->text);
	o->text = both;
	return 0;
}

static int add(struct cli_options *o, const char *text, const char *source)
{
	char error[CLI_ERROR_MAX];

	if (sn_options_parse(&o->parsed, text, error, sizeof(error))) {
		cli_error("%s%s", source, error);
		return CLI_USAGE;
	}
	if (add_text(o, text)) {
		cli_error("not enough memory");
		return CLI_USAGE;
	}
	return 0;
}

int cli_options_begin(struct cli_options *o)
{
	const char *text = getenv(sn_environment_name(SN_ENV_SNARL_OPTIONS));

	o->text = NULL;
	sn_options_default(&o->parsed);
	return add(o, text ? text : "", "SNARL_OPTIONS: ");
}

int cli_options_add(struct cli_options *o, const char *pairs)
{
	return add(o, pairs, "");
}

int cli_options_set(struct cli_options *o, const char *key, const char *value)
{
	char *pair;
	const char *quote = strchr(value, '\'') ? "\"" : "'";
	int rc;

	if (strchr(value, *quote)) {
		cli_error("%s has both kinds of quotes: give it another name", key);
		return CLI_USAGE;
	}
	if (asprintf(&pair, "%s=%s%s%s", key, quote, value, quote) < 0) {
		cli_error("not enough memory");
		return CLI_USAGE;
	}
	rc = add(o, pair, "");
	free(pair);
	return rc;
}

void cli_options_end(struct cli_options *o)
{
	free(o->text);
	o->text = NULL;
}
