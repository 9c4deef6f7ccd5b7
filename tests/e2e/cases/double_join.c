/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread is joined or detached that was joined or detached before: each order of the two, with
 * the thread running or ended.  (glibc looks into memory here that may be gone, but in a program
 * this small it is not.) */
// variants: joined timed tried detached ended born twice detach-joined thrd
// expect: double-join confirmed
// json: f.stacks[0].role == "called"
// text: second
// text[joined]: first
// text[detached]: first
#include "case.h"
#include <threads.h>

static const char *how;
static int at_end;
static pid_t tid;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void *runs(void *unused)
{
	publish_tid(&tid);
	while (!__atomic_load_n(&at_end, __ATOMIC_ACQUIRE) && !is("joined") && !is("timed") &&
	       !is("tried") && !is("ended") && !is("detach-joined"))
		sched_yield();
	return unused;
}

static int runs_c11(void *unused)
{
	(void)unused;
	return 0;
}

static __attribute__((noinline)) int first(pthread_t thread)
{
	if (is("born"))
		return 0;
	if (is("detached") || is("ended") || is("twice"))
		return pthread_detach(thread);
	return pthread_join(thread, NULL);
}

static __attribute__((noinline)) int second(pthread_t thread)
{
	struct timespec limit = soon(CLOCK_REALTIME, 1);
	if (is("timed"))
		return pthread_timedjoin_np(thread, NULL, &limit);
	if (is("tried"))
		return pthread_tryjoin_np(thread, NULL);
	if (is("twice") || is("detach-joined"))
		return pthread_detach(thread);
	return pthread_join(thread, NULL);
}

static __attribute__((noinline)) int second_c11(thrd_t thread)
{
	return thrd_join(thread, NULL) == thrd_error ? EINVAL : 0;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	pthread_attr_t attr;
	how = argc > 1 ? argv[1] : "joined";
	if (is("thrd")) {
		CHECK(thrd_create(&thread, runs_c11, NULL) == thrd_success);
		CHECK(thrd_join(thread, NULL) == thrd_success);
		CHECK(second_c11(thread) != 0);
		return 7;
	}
	pthread_attr_init(&attr);
	if (is("born"))
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	CHECK(pthread_create(&thread, &attr, runs, NULL) == 0);
	CHECK(first(thread) == 0);
	if (is("ended"))
		await_gone(&tid);
	CHECK(second(thread) != 0);
	__atomic_store_n(&at_end, 1, __ATOMIC_RELEASE);
	await_gone(&tid);
	return 7;
}
