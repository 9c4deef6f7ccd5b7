/* SPDX-License-Identifier: Apache-2.0
 *
 * The snarl command: hands over to a subcommand.  Each has a file of its own. */
#include "cli/cli.h"
#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"run", cli_run},
	{"report", cli_report},
	{"explain", cli_explain},
};

static int version(void)
{
	puts("snarl " SNARL_VERSION);
	return 0;
}

/* What could not be written (a full disk, a closed pipe) must not look like success. */
static int flushed(int status)
{
	if (fflush(stdout) && errno != EPIPE) {
		cli_error("standard output: %s", strerror(errno));
		return status ? status : CLI_USAGE;
	}
	return status;
}

static int dispatch(int argc, char **argv)
{
	const char *name = argv[1];

	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		return cli_help(NULL, stdout);
	if (!strcmp(name, "--version") || !strcmp(name, "-V") || !strcmp(name, "version"))
		return version();
	if (!strcmp(name, "help"))
		return cli_help(argc > 2 ? argv[2] : NULL, stdout);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(name, commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return cli_usage(NULL, "unknown command '%s'", name);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		cli_help(NULL, stderr);
		return CLI_USAGE;
	}
	return flushed(dispatch(argc, argv));
}
