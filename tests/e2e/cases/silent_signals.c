/* SPDX-License-Identifier: Apache-2.0
 *
 * Uses of condition variables that lose nothing, each of them close to one that does. */
// expect: silent
// variants: after-unlock other-locks two-consumers early busy-logger shutdown spurious handed-on
// never-waited first-signal
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other[5];
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int items, stop, taken;
static pid_t tid;

static void take(void)
{
	pthread_mutex_lock(&mutex);
	while (!items)
		pthread_cond_wait(&cond, &mutex);
	items--;
	pthread_mutex_unlock(&mutex);
	__atomic_add_fetch(&taken, 1, __ATOMIC_RELEASE);
}

static void *taker(void *unused)
{
	(void)unused;
	publish_tid(&tid);
	take();
	return NULL;
}

static void put(int n)
{
	pthread_mutex_lock(&mutex);
	items += n;
	pthread_mutex_unlock(&mutex);
}

/* The signal comes after the unlock, to a thread that sleeps. */
static void after_unlock(void)
{
	pthread_t thread;
	START(&thread, taker, NULL);
	await_blocked(&tid);
	put(1);
	pthread_cond_signal(&cond);
	JOIN(thread);
}

/* Other locks are taken and released between the unlock and the signal. */
static void other_locks(void)
{
	pthread_t thread;
	START(&thread, taker, NULL);
	await_blocked(&tid);
	put(1);
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&other[i % 5]);
		pthread_mutex_unlock(&other[i % 5]);
	}
	pthread_cond_signal(&cond);
	JOIN(thread);
}

static void *late_taker(void *unused)
{
	(void)unused;
	turn_await(2);
	pthread_mutex_lock(&mutex);
	while (!items) {
		turn_next();
		turn_await(4);
		pthread_cond_wait(&cond, &mutex);
	}
	items--;
	pthread_mutex_unlock(&mutex);
	return NULL;
}

/* The signal falls into the second taker's window; but the item that it stands for has been taken
 * by the first one, and the signaller had held the mutex. */
static void two_consumers(void)
{
	pthread_t second;
	START(&second, late_taker, NULL);
	put(1);
	take();
	turn_next();
	turn_next();
	turn_await(3);
	pthread_cond_signal(&cond);
	turn_next();
	put(1);
	pthread_cond_signal(&cond);
	JOIN(second);
}

/* The signal comes long before; the state is looked at, so nobody waits. */
static void early(void)
{
	pthread_t thread;
	put(1);
	pthread_cond_signal(&cond);
	START(&thread, taker, NULL);
	JOIN(thread);
}

static void *logger(void *unused)
{
	int done = 0;
	(void)unused;
	while (!done) {
		pthread_mutex_lock(&mutex);
		while (!items && !stop)
			pthread_cond_wait(&cond, &mutex);
		int n = items;
		done = stop && !n;
		items = 0;
		pthread_mutex_unlock(&mutex);
		__atomic_add_fetch(&taken, n, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Signals that come while the logger writes are not heard, and need not be. */
static void busy_logger(void)
{
	pthread_t thread;
	START(&thread, logger, NULL);
	for (int i = 0; i < 20000; i++) {
		put(1);
		pthread_cond_signal(&cond);
	}
	pthread_mutex_lock(&mutex);
	stop = 1;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	JOIN(thread);
	CHECK(taken == 20000);
}

static void shutdown_all(void)
{
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		START(&threads[i], logger, NULL);
	put(3);
	pthread_cond_broadcast(&cond);
	pthread_mutex_lock(&mutex);
	stop = 1;
	pthread_mutex_unlock(&mutex);
	pthread_cond_broadcast(&cond);
	for (int i = 0; i < 4; i++)
		JOIN(threads[i]);
}

/* Wakeups without reason are handled by a loop. */
static void spurious(void)
{
	pthread_t thread;
	START(&thread, taker, NULL);
	for (int i = 0; i < 50; i++) {
		await_blocked(&tid);
		pthread_mutex_lock(&mutex);
		pthread_cond_signal(&cond);
		pthread_mutex_unlock(&mutex);
	}
	put(1);
	pthread_cond_signal(&cond);
	JOIN(thread);
}

static void *forwarder(void *unused)
{
	(void)unused;
	take();
	pthread_cond_signal(&cond);
	return NULL;
}

/* A waiter that was woken hands the signal on, after the unlock. */
static void handed_on(void)
{
	pthread_t threads[8];
	for (int i = 0; i < 8; i++)
		START(&threads[i], forwarder, NULL);
	put(8);
	pthread_cond_signal(&cond);
	for (int i = 0; i < 8; i++)
		JOIN(threads[i]);
}

/* Nobody ever waits: a library that signals for whoever may listen. */
static void never_waited(void)
{
	for (int i = 0; i < 100000; i++)
		i % 2 ? pthread_cond_signal(&cond) : pthread_cond_broadcast(&cond);
}

/* The first signal of all, under the mutex, before the condition has ever been waited for. */
static void first_signal(void)
{
	pthread_t thread;
	pthread_mutex_lock(&mutex);
	items = 1;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	START(&thread, taker, NULL);
	JOIN(thread);
	START(&thread, taker, NULL);
	put(1);
	pthread_cond_signal(&cond);
	JOIN(thread);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} all[] = {{"after-unlock", after_unlock},   {"other-locks", other_locks},
		   {"two-consumers", two_consumers}, {"early", early},
		   {"busy-logger", busy_logger},     {"shutdown", shutdown_all},
		   {"spurious", spurious},           {"handed-on", handed_on},
		   {"never-waited", never_waited},   {"first-signal", first_signal}};
	for (size_t i = 0; i < 5; i++)
		pthread_mutex_init(&other[i], NULL);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (argc > 1 && !strcmp(argv[1], all[i].name))
			all[i].run();
	puts("done");
	return 0;
}
