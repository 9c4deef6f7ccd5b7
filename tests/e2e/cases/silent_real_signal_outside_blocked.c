/* SPDX-License-Identifier: Apache-2.0
 *
 * A server that works in its signal handlers, as PostgreSQL's did until version 15: it takes the
 * lock before it installs the handler, and afterwards lets the signal come only around select.  The
 * handler takes the same lock, and can never interrupt its holder. */
// expect: silent
#include "case.h"
#include <signal.h>
#include <sys/select.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static volatile sig_atomic_t handled;

static void work(void)
{
	CHECK(!pthread_rwlock_wrlock(&lock));
	CHECK(!pthread_rwlock_unlock(&lock));
}

static void on_signal(int signal)
{
	(void)signal;
	work();
	handled = 1;
}

int main(void)
{
	sigset_t child;
	struct timespec no_time = {0};
	work();
	CHECK(!sigemptyset(&child) && !sigaddset(&child, SIGCHLD));
	CHECK(!sigprocmask(SIG_BLOCK, &child, NULL));
	CHECK(signal(SIGCHLD, on_signal) != SIG_ERR);
	work();
	CHECK(!raise(SIGCHLD) && !handled);
	CHECK(!sigprocmask(SIG_UNBLOCK, &child, NULL));
	CHECK(pselect(0, NULL, NULL, NULL, &no_time, NULL) == 0);
	CHECK(!sigprocmask(SIG_BLOCK, &child, NULL));
	CHECK(handled);
	work();
	puts("done");
}
