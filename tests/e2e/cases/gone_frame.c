/* SPDX-License-Identifier: Apache-2.0
 *
 * A function is left while a lock that is its variable is held: by return, by longjmp, in a thread
 * as well; and the thread calls on elsewhere.
 */
// variants: mutex recursive checked adaptive read write spin c11 robust
// variants: longjmp thread nested condition contended
// expect: destroy-while-locked confirmed
// json: roles(f) == ["called", "holds"]
// json: any(x.function == "leave" for x in f.stacks[1].frames)
// text: when it left the function whose variable that is
#include <setjmp.h>
#include <threads.h>
#include "case.h"

static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static const char *how;
static jmp_buf back;
static pid_t waiting;
static int ready;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void init(pthread_mutex_t *m)
{
	pthread_mutexattr_t a;
	CHECK(pthread_mutexattr_init(&a) == 0);
	CHECK(pthread_mutexattr_settype(&a, is("recursive")  ? PTHREAD_MUTEX_RECURSIVE
					    : is("checked")  ? PTHREAD_MUTEX_ERRORCHECK
					    : is("adaptive") ? PTHREAD_MUTEX_ADAPTIVE_NP
							     : PTHREAD_MUTEX_NORMAL) == 0);
	CHECK(pthread_mutexattr_setrobust(&a, is("robust")) == 0);
	CHECK(pthread_mutex_init(m, &a) == 0);
}

static __attribute__((noinline)) void leave(int depth)
{
	pthread_mutex_t m;
	pthread_rwlock_t l;
	pthread_spinlock_t s;
	mtx_t c11;
	if (depth) {
		leave(depth - 1);
		__asm__ volatile("");
		return;
	}
	init(&m);
	if (is("read") || is("write")) {
		CHECK(pthread_rwlock_init(&l, NULL) == 0);
		CHECK((is("read") ? pthread_rwlock_rdlock(&l) : pthread_rwlock_wrlock(&l)) == 0);
	} else if (is("spin")) {
		CHECK(pthread_spin_init(&s, 0) == 0 && pthread_spin_lock(&s) == 0);
	} else if (is("c11")) {
		CHECK(mtx_init(&c11, mtx_plain) == thrd_success && mtx_lock(&c11) == thrd_success);
	} else {
		CHECK(pthread_mutex_lock(&m) == 0);
	}
	if (is("longjmp"))
		longjmp(back, 1);
}

static void *signal_it(void *unused)
{
	await_blocked(&waiting);
	CHECK(pthread_mutex_lock(&other) == 0);
	ready = 1;
	CHECK(pthread_cond_signal(&cond) == 0);
	CHECK(pthread_mutex_unlock(&other) == 0);
	return unused;
}

static void *hold_it(void *unused)
{
	CHECK(pthread_mutex_lock(&other) == 0);
	turn_next();
	await_blocked(&waiting);
	CHECK(pthread_mutex_unlock(&other) == 0);
	return unused;
}

static void *work(void *unused)
{
	pthread_t helper;
	if (is("condition"))
		CHECK(pthread_mutex_lock(&other) == 0);
	if (is("contended")) {
		START(&helper, hold_it, NULL);
		turn_await(1);
	}
	if (!setjmp(back))
		leave(is("nested") ? 5 : 0);
	publish_tid(&waiting);
	if (is("condition")) {
		START(&helper, signal_it, NULL);
		while (!ready)
			CHECK(pthread_cond_wait(&cond, &other) == 0);
		CHECK(pthread_mutex_unlock(&other) == 0);
	} else {
		CHECK(pthread_mutex_lock(&other) == 0);
		CHECK(pthread_mutex_unlock(&other) == 0);
	}
	if (is("condition") || is("contended"))
		JOIN(helper);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	how = argc > 1 ? argv[1] : "mutex";
	if (is("thread")) {
		START(&thread, work, NULL);
		JOIN(thread);
	} else {
		work(NULL);
	}
	puts("done");
	return 0;
}
