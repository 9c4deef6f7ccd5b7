/* SPDX-License-Identifier: Apache-2.0
 *
 * A binary of another age: its condition variables are those of GLIBC_2.2.5, which hold a pointer
 * to the new ones; and beside them the new ones. */
// expect: silent
// cflags: -fno-lto
#include "case.h"

int old_wait(pthread_cond_t *, pthread_mutex_t *);
int old_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int old_signal(pthread_cond_t *);
int old_broadcast(pthread_cond_t *);
int old_init(pthread_cond_t *, const pthread_condattr_t *);
int old_destroy(pthread_cond_t *);
__asm__(".symver old_wait,pthread_cond_wait@GLIBC_2.2.5");
__asm__(".symver old_timedwait,pthread_cond_timedwait@GLIBC_2.2.5");
__asm__(".symver old_signal,pthread_cond_signal@GLIBC_2.2.5");
__asm__(".symver old_broadcast,pthread_cond_broadcast@GLIBC_2.2.5");
__asm__(".symver old_init,pthread_cond_init@GLIBC_2.2.5");
__asm__(".symver old_destroy,pthread_cond_destroy@GLIBC_2.2.5");

/* An old condition variable was one pointer long, and what comes after it is somebody else's. */
static struct {
	void *cond;
	unsigned char after[64];
} old;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fresh = PTHREAD_COND_INITIALIZER;
static int state;

static void *waiter(void *unused)
{
	pthread_cond_t *cond = (pthread_cond_t *)(void *)&old.cond;
	struct timespec limit = soon(CLOCK_REALTIME, 5);
	pthread_mutex_lock(&mutex);
	while (state != 1)
		old_wait(cond, &mutex);
	CHECK(old_timedwait(cond, &mutex, &limit) == ETIMEDOUT);
	state = 2;
	pthread_cond_signal(&fresh);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_cond_t *cond = (pthread_cond_t *)(void *)&old.cond;
	memset(&old, 0x77, sizeof old);
	CHECK(old_init(cond, NULL) == 0);
	START(&thread, waiter, NULL);
	pthread_mutex_lock(&mutex);
	state = 1;
	old_signal(cond);
	old_broadcast(cond);
	while (state != 2)
		pthread_cond_wait(&fresh, &mutex);
	pthread_mutex_unlock(&mutex);
	JOIN(thread);
	CHECK(old_destroy(cond) == 0);
	for (size_t i = 0; i < sizeof old.after; i++)
		CHECK(old.after[i] == 0x77);
	puts("done");
	return 7;
}
