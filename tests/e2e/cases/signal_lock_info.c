/* SPDX-License-Identifier: Apache-2.0
 *
 * One handler serves a fault of the code itself and a signal that comes from outside. It takes the
 * lock when the fault comes, which is harmless; or when the other one comes, which is not. Which
 * came it is told itself, and so are we. */
// variants: fault sent
// expect[fault]: silent
// expect[sent]: signal-unsafe-lock suspect
#include "case.h"
#include <setjmp.h>
#include <signal.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf back;
static int takes_at, taken, turn;

static void take(void)
{
	pthread_mutex_lock(&mutex);
	taken++;
	pthread_mutex_unlock(&mutex);
}

static void handler(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	if (number == takes_at)
		take();
	if (number == SIGSEGV)
		siglongjmp(back, 1);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER};
	int *volatile nowhere = NULL;
	takes_at = argc > 1 && !strcmp(argv[1], "sent") ? SIGUSR1 : SIGSEGV;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	for (; turn < 3; turn++) {
		take();
		raise(SIGUSR1);
		if (!sigsetjmp(back, 1))
			*nowhere = 1;
	}
	take();
	printf("%d\n", taken);
	return 0;
}
