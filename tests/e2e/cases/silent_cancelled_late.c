/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread is cancelled while it works, and its canceller joins it; only then does it come to a
 * call where it can be cancelled. Everybody is asleep or about to be, and yet it ends. Near twin:
 * knot_cancel_disabled.c. */
// expect: silent
// variants: cond semaphore join c11
#include "case.h"
#include <threads.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static mtx_t c11_mutex;
static cnd_t c11_cond;
static sem_t sem;
static pthread_t other;
static pid_t main_tid;

static void unlock(void *m)
{
	pthread_mutex_unlock(m);
}

static void c11_unlock(void *m)
{
	mtx_unlock(m);
}

static void wait_for_cond(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, &mutex);
	for (;;)
		pthread_cond_wait(&cond, &mutex);
	pthread_cleanup_pop(1);
}

static void wait_for_c11(void)
{
	mtx_lock(&c11_mutex);
	pthread_cleanup_push(c11_unlock, &c11_mutex);
	for (;;)
		cnd_wait(&c11_cond, &c11_mutex);
	pthread_cleanup_pop(1);
}

static void *worker(void *how)
{
	await_blocked(&main_tid);
	if (!strcmp(how, "cond"))
		wait_for_cond();
	else if (!strcmp(how, "c11"))
		wait_for_c11();
	else if (!strcmp(how, "join"))
		pthread_join(other, NULL);
	else
		sem_wait(&sem);
	return NULL;
}

static void *idler(void *unused)
{
	sem_wait(&sem);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	void *result;
	char *how = argc > 1 ? argv[1] : "cond";
	sem_init(&sem, 0, 0);
	mtx_init(&c11_mutex, mtx_plain);
	cnd_init(&c11_cond);
	if (!strcmp(how, "join"))
		START(&other, idler, NULL);
	for (int i = 0; i < 20; i++) {
		main_tid = 0;
		START(&thread, worker, how);
		CHECK(pthread_cancel(thread) == 0);
		publish_tid(&main_tid);
		CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
	}
	if (!strcmp(how, "join")) {
		sem_post(&sem);
		JOIN(other);
	}
	CHECK(pthread_mutex_trylock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
	puts("cancelled");
	return 0;
}
