/* SPDX-License-Identifier: Apache-2.0
 *
 * The snarl command: hands over to a subcommand.  Each has a file of its own. */
#include "cli/cli.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"run", cli_run},
	{"report", cli_report},
	{"explain", cli_explain},
	{"dump", cli_dump},
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

static struct {
	int argc, status;
	char **argv;
	ucontext_t before, own;
} call;

static void called(void)
{
	call.status = flushed(dispatch(call.argc, call.argv));
}

#define STACK_SIZE (8u << 20) /* for libdw as well, which recurses into types and scopes */

/* The limit on stacks is the program's to live with, and not ours: `ulimit -s 64` must not end the
 * report. The memory is there when it is used. */
static int on_own_stack(int argc, char **argv)
{
	void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED || getcontext(&call.own))
		return flushed(dispatch(argc, argv));
	call.argc = argc;
	call.argv = argv;
	call.own.uc_stack.ss_sp = stack;
	call.own.uc_stack.ss_size = STACK_SIZE;
	call.own.uc_link = &call.before;
	makecontext(&call.own, called, 0);
	swapcontext(&call.before, &call.own);
	return call.status;
}

static int has_small_stack(void)
{
	struct rlimit limit;

	return !getrlimit(RLIMIT_STACK, &limit) && limit.rlim_cur < STACK_SIZE;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		cli_help(NULL, stderr);
		return CLI_USAGE;
	}
	return has_small_stack() ? on_own_stack(argc, argv) : flushed(dispatch(argc, argv));
}
