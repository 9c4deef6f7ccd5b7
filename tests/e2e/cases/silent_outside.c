/* SPDX-License-Identifier: Apache-2.0
 *
 * All threads are asleep for a while, and what wakes them comes from outside: another process that
 * has the pipe's other end, or the memory; a signal's handler; or they are meant to rest until they
 * are told to stop.
 */
// mode: run
// variants: pipe memory handler parked
// options: held_ms=0:blocking_ms=600000
// expect: silent
// stdout: woken
// stdout[parked]: -
#include "case.h"
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static int ends[2];
static int *word;

/* Long enough for whoever looks from outside. The result does not depend on it. */
static void rest(void)
{
	struct timespec t = {2, 0};
	nanosleep(&t, NULL);
}

static void handler(int signal)
{
	(void)signal;
	CHECK(write(ends[1], "x", 1) == 1);
}

static void *wants(void *arg)
{
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return arg;
}

static void *waits(void *arg)
{
	pthread_mutex_lock(&lock);
	while (!arg)
		pthread_cond_wait(&never, &lock);
	pthread_mutex_unlock(&lock);
	return arg;
}

static void child(const char *variant)
{
	pid_t parent = getppid();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(ends[0]);
	rest();
	if (!strcmp(variant, "parked"))
		kill(parent, SIGTERM);
	if (!strcmp(variant, "pipe"))
		CHECK(write(ends[1], "x", 1) == 1);
	__atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
	_exit(0);
}

static void in_handler(void)
{
	struct itimerval once = {.it_value = {2, 0}};
	struct sigaction act = {.sa_handler = handler, .sa_flags = SA_RESTART};
	char c;

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &once, NULL);
	CHECK(read(ends[0], &c, 1) == 1);
}

static void sleep_until_woken(const char *variant)
{
	char c;

	if (!strcmp(variant, "parked"))
		pause();
	if (!strcmp(variant, "pipe")) {
		close(ends[1]);
		CHECK(read(ends[0], &c, 1) == 1);
	}
	while (!strcmp(variant, "memory") && !__atomic_load_n(word, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

int main(int argc, char **argv)
{
	pthread_t t;
	CHECK(argc == 2 && !pipe(ends));
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(word != MAP_FAILED);
	if (strcmp(argv[1], "handler") && !fork())
		child(argv[1]);
	if (!strcmp(argv[1], "parked")) {
		pthread_create(&t, NULL, waits, NULL);
		sleep_until_woken(argv[1]);
	}
	pthread_mutex_lock(&lock);
	pthread_create(&t, NULL, wants, NULL);
	if (!strcmp(argv[1], "handler"))
		in_handler();
	else
		sleep_until_woken(argv[1]);
	pthread_mutex_unlock(&lock);
	pthread_join(t, NULL);
	puts("woken");
	return 0;
}
