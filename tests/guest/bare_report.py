# SPDX-License-Identifier: Apache-2.0
"""Bare preloads: what the library prints itself where the command cannot be run, and what a crash leaves for
`snarl report` to find."""
import glob
import re


def order(t, *arguments, **env):
    """Runs guest/order bare, its recordings where they go by default: below TMPDIR."""
    return t.run([t.program("guest", "order"), *arguments], cwd=t.work, TMPDIR=t.work, LD_PRELOAD=t.shim, **env)


def test_no_command(t):
    result = order(t, SNARL_COMMAND="/nonexistent")
    t.same("no command: status", 66, result.status)
    t.check("no command: names the kind", "lock-order-inversion (predicted)" in result.err, result.err)
    t.check("no command: stacks are module and offset",
            re.search(r"#0 +.*/order\+0x[0-9a-f]+$", result.err, re.M), result.err)
    t.check("no command: says where the recording is", f"snarl report {t.work}/snarl-" in result.err, result.err)


def test_command_found(t):
    result = order(t)
    t.same("bare: status", 66, result.status)
    t.check("bare: names the function", "backward" in result.err, result.err)
    t.same("bare: nothing is left behind", [], glob.glob(t.path("snarl-*", "*.snarl")))


def test_crash(t):
    command = ["sh", "-c", 'ulimit -c 0; exec "$@"', "-", t.program("guest", "order"), "crash"]
    t.run(command, cwd=t.work, TMPDIR=t.work, LD_PRELOAD=t.shim)
    result = t.run([t.snarl, "report"], cwd=t.work, TMPDIR=t.work)
    t.same("crash: status of the report", 66, result.status)
    t.check("crash: the report has the inversion", "lock-order-inversion (predicted)" in result.out, result.out)


ENDS = """\
#include <assert.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static pthread_mutex_t idle = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf out;
static void *nothing(void *unused) { return unused; }
static void get_out(int signal) { siglongjmp(out, signal); }
int main(int count, char **arguments)
{
	pthread_t thread;
	pthread_create(&thread, NULL, nothing, NULL);
	pthread_join(thread, NULL);
	if (count > 2)
		pthread_mutex_unlock(&idle);
	if (!strcmp(arguments[1], "recover")) {
		signal(SIGABRT, get_out);
		if (!sigsetjmp(out, 1))
			abort();
		puts("recovered");
		return 0;
	}
	assert(strcmp(arguments[1], "assert"));
	abort();
}
"""


def test_abort(t):
    """What was found is told before the process dies."""
    program = t.compile("ends", ENDS, "-pthread")
    for how in ("abort", "assert", "recover"):
        command = ["sh", "-c", 'ulimit -c 0; exec "$@"', "-", program, how]
        own, clean = t.run(command), t.preloaded(command)
        t.same(f"{how}: without a finding", (own.out, own.err, own.status), (clean.out, clean.err, clean.status))
        found = t.preloaded([*command, "misuse"])
        t.same(f"{how}: status", own.status if how != "recover" else 66, found.status)
        t.same(f"{how}: told, once", 1, found.err.count("unlock-not-locked (confirmed)"))
        t.same(f"{how}: output", own.out, found.out)
