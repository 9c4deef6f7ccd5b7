/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds libsnarl.so: where $SNARL_LIBRARY says, beside the command (a build tree), or where
 * `make install` puts it. */
#include "cli/run.h"
#include "base/environment.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *own_path(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return strdup(path);
}

static char *beside(const char *command)
{
	static const char *const places[] = {"", "../lib/snarl/", "../lib/"};
	const char *slash = strrchr(command, '/');
	char *path, *real;

	for (size_t i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		if (asprintf(&path, "%.*s/%slibsnarl.so", (int)(slash - command), command,
			     places[i]) < 0)
			return NULL;
		real = access(path, R_OK) ? NULL : realpath(path, NULL);
		free(path);
		if (real)
			return real;
	}
	return NULL;
}

static int find(struct run *run)
{
	const char *told = getenv(sn_environment_name(SN_ENV_SNARL_LIBRARY));

	if (told && *told) {
		run->library = realpath(told, NULL);
		if (!run->library)
			cli_error("SNARL_LIBRARY: %s: %s", told, strerror(errno));
	} else {
		run->library = beside(run->command);
		if (!run->library)
			cli_error("libsnarl.so is not beside %s: name it in SNARL_LIBRARY",
				  run->command);
	}
	return run->library ? 0 : CLI_USAGE;
}

int run_find_library(struct run *run)
{
	run->command = own_path();
	if (!run->command) {
		cli_error("/proc is not mounted: mount it");
		return CLI_USAGE;
	}
	if (find(run))
		return CLI_USAGE;
	/* The loader splits LD_PRELOAD at blanks and colons, and expands what follows a dollar. */
	if (strpbrk(run->library, " :$\t\n")) {
		cli_error("%s: LD_PRELOAD cannot take this path: move snarl to one without blanks, "
			  "colons and dollars",
			  run->library);
		return CLI_USAGE;
	}
	return 0;
}
