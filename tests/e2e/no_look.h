/* SPDX-License-Identifier: Apache-2.0
 *
 * A signal comes, under the mutex, before anybody waits; then a thread takes the mutex and waits.
 * In what it does in between it looks at no state, or, in those whose name begins with `state`, it
 * does, and waits all the same: nobody knows then that it was this signal which it missed. */
#include "case.h"
#include <threads.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static mtx_t c11_mutex;
static cnd_t c11_cond;
static volatile int state, entered;

#define APART __attribute__((noinline))

static void must(int error)
{
	if (error) {
		fputs("failed\n", stderr);
		abort();
	}
}

static APART void lock(pthread_mutex_t *m)
{
	must(pthread_mutex_lock(m));
}

static APART void wait_for(pthread_cond_t *c, pthread_mutex_t *m)
{
	must(pthread_cond_wait(c, m));
}

static APART int lock_told(pthread_mutex_t *m)
{
	int error = pthread_mutex_lock(m);
	if (error != 0)
		fprintf(stderr, "lock: %d\n", error);
	return error == 0;
}

static APART void checked(void)
{
	if (pthread_mutex_lock(&mutex))
		abort();
	if (pthread_cond_wait(&cond, &mutex))
		abort();
	pthread_mutex_unlock(&mutex);
}

static APART void wrapped(void)
{
	lock(&mutex);
	wait_for(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
}

static APART void told(void)
{
	if (!lock_told(&mutex))
		return;
	entered++;
	pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
}

static APART void c11(void)
{
	if (mtx_lock(&c11_mutex) != thrd_success)
		abort();
	cnd_wait(&c11_cond, &c11_mutex);
	mtx_unlock(&c11_mutex);
}

static APART void state_here(void)
{
	lock(&mutex);
	if (!state)
		wait_for(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
}

static APART int is_set(void)
{
	return state != 0;
}

static APART void state_asked(void)
{
	lock(&mutex);
	if (!is_set())
		wait_for(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
}

/* The call of the wait may be the last thing that this one does, and so a jump. */
static APART void wait_unless(void)
{
	if (!state)
		pthread_cond_wait(&cond, &mutex);
}

static APART void state_below(void)
{
	pthread_mutex_lock(&mutex);
	wait_unless();
	pthread_mutex_unlock(&mutex);
}

static const struct {
	const char *name;
	void (*run)(void);
} waits[] = {{"checked", checked},
	     {"wrapped", wrapped},
	     {"told", told},
	     {"c11", c11},
	     {"state_here", state_here},
	     {"state_asked", state_asked},
	     {"state_below", state_below}};

static void *waiter(void *wait)
{
	turn_await(1);
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
		if (!strcmp(wait, waits[i].name))
			waits[i].run();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	mtx_init(&c11_mutex, mtx_plain);
	cnd_init(&c11_cond);
	START(&thread, waiter, argc > 1 ? argv[1] : "checked");
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	mtx_lock(&c11_mutex);
	cnd_signal(&c11_cond);
	mtx_unlock(&c11_mutex);
	turn_next();
	JOIN(thread);
	return 0;
}
