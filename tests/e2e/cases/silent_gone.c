/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks whose memory stays, though it looks as if it went: a variable of a caller, or of a
 * coroutine whose stack is in a frame of the thread's, or that waits below it; of a signal handler
 * on a stack of its own; of a thread whose stack lies beside; and memory that is given back when it
 * was unlocked, or beside a held lock.
 */
// variants: caller coroutine below handler beside unlocked neighbour alloca
// expect: silent
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "case.h"

static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER, third = PTHREAD_MUTEX_INITIALIZER;
static ucontext_t first, second;

static void use_another(void)
{
	CHECK(pthread_mutex_lock(&other) == 0 && pthread_mutex_lock(&third) == 0);
	CHECK(pthread_mutex_unlock(&third) == 0 && pthread_mutex_unlock(&other) == 0);
}

static __attribute__((noinline)) void deeper(int depth)
{
	volatile char room[256];
	room[0] = (char)depth;
	if (depth)
		deeper(depth - 1);
	else
		use_another();
	room[1] = room[0];
}

static void take(pthread_mutex_t *m)
{
	CHECK(pthread_mutex_init(m, NULL) == 0 && pthread_mutex_lock(m) == 0);
}

static void give(pthread_mutex_t *m)
{
	CHECK(pthread_mutex_unlock(m) == 0 && pthread_mutex_destroy(m) == 0);
}

static void of_a_caller(void)
{
	pthread_mutex_t m;
	take(&m);
	deeper(20);
	give(&m);
}

/* Holds a lock in its own frames while the other one runs. */
static void coroutine(void)
{
	pthread_mutex_t m;
	use_another();
	take(&m);
	CHECK(swapcontext(&second, &first) == 0);
	use_another();
	give(&m);
	CHECK(swapcontext(&second, &first) == 0);
}

static __attribute__((noinline)) void run_in_frame(void)
{
	char stack[65536];
	CHECK(getcontext(&second) == 0);
	second.uc_stack.ss_sp = stack;
	second.uc_stack.ss_size = sizeof stack;
	second.uc_link = &first;
	makecontext(&second, coroutine, 0);
	CHECK(swapcontext(&first, &second) == 0);
	deeper(3);
	CHECK(swapcontext(&first, &second) == 0);
}

static void resume(void)
{
	pthread_mutex_t m;
	take(&m);
	/* The coroutine runs above this frame and calls: this lock lies below it, and is held. */
	CHECK(swapcontext(&first, &second) == 0);
	give(&m);
}

static __attribute__((noinline)) void run_below(void)
{
	char stack[65536];
	CHECK(getcontext(&second) == 0);
	second.uc_stack.ss_sp = stack;
	second.uc_stack.ss_size = sizeof stack;
	second.uc_link = &first;
	makecontext(&second, use_another, 0);
	resume();
}

static void handler(int number)
{
	pthread_mutex_t m;
	(void)number;
	take(&m);
	give(&m);
}

static void in_a_handler(void)
{
	static char room[65536];
	stack_t s = {.ss_sp = room, .ss_size = sizeof room};
	struct sigaction a = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	pthread_mutex_t m;
	CHECK(sigaltstack(&s, NULL) == 0 && sigaction(SIGUSR1, &a, NULL) == 0);
	take(&m);
	CHECK(raise(SIGUSR1) == 0);
	deeper(3);
	give(&m);
}

static void *work_beside(void *held)
{
	pthread_mutex_t m;
	take(&m);
	CHECK(pthread_mutex_lock(held) == 0);
	deeper(5);
	CHECK(pthread_mutex_unlock(held) == 0);
	give(&m);
	return NULL;
}

/* Two stacks side by side in one mapping, and a lock that lies just below one of them. */
static void beside(void)
{
	size_t bytes = 1 << 17;
	char *at =
		mmap(NULL, 3 * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_mutex_t *m = (pthread_mutex_t *)(void *)(at + bytes - 4096);
	pthread_t threads[2];
	pthread_attr_t a;
	CHECK(at != MAP_FAILED && pthread_mutex_init(m, NULL) == 0);
	for (int i = 0; i < 2; i++) {
		CHECK(pthread_attr_init(&a) == 0);
		CHECK(pthread_attr_setstack(&a, at + (size_t)(i + 1) * bytes, bytes) == 0);
		CHECK(pthread_create(&threads[i], &a, work_beside, m) == 0);
	}
	for (int i = 0; i < 2; i++)
		JOIN(threads[i]);
}

static void given_back(int neighbour)
{
	char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_mutex_t *m = (pthread_mutex_t *)(void *)(at + 4096 - sizeof *m),
			*freed = malloc(sizeof *m);
	CHECK(at != MAP_FAILED && freed);
	take(m);
	take(freed);
	CHECK(pthread_mutex_unlock(freed) == 0);
	if (!neighbour)
		CHECK(pthread_mutex_unlock(m) == 0);
	free(freed);
	CHECK(munmap(neighbour ? at + 4096 : at, 4096) == 0);
	use_another();
	if (neighbour)
		give(m);
}

static void in_alloca(int n)
{
	pthread_mutex_t *m = __builtin_alloca((size_t)n * sizeof *m);
	take(m);
	deeper(5);
	give(m);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "caller";
	if (!strcmp(how, "caller"))
		of_a_caller();
	else if (!strcmp(how, "coroutine"))
		run_in_frame();
	else if (!strcmp(how, "below"))
		run_below();
	else if (!strcmp(how, "handler"))
		in_a_handler();
	else if (!strcmp(how, "beside"))
		beside();
	else if (!strcmp(how, "alloca"))
		in_alloca(argc + 1);
	else
		given_back(!strcmp(how, "neighbour"));
	puts("done");
	return 0;
}
