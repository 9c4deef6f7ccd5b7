/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlocks through conditions, joins and locks together: nobody that sleeps can be woken by
 * anybody who runs, since nobody runs. */
// expect: deadlock confirmed
// variants: outer-lock callback-joins all-asleep consumer-left self-wait pool-waits-for-pool reader
// hangs
// stdout: -
// json: "every thread of the process is asleep" in f.why
// json: "waits" in roles(f)
#include "case.h"

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER, room = PTHREAD_COND_INITIALIZER;
static int ready, jobs, done;
static pid_t tid;

static void wait_ready(void)
{
	pthread_mutex_lock(&inner);
	while (!ready)
		pthread_cond_wait(&cond, &inner);
	pthread_mutex_unlock(&inner);
}

static void *waits_in_outer(void *unused)
{
	(void)unused;
	publish_tid(&tid);
	pthread_mutex_lock(&outer);
	wait_ready();
	pthread_mutex_unlock(&outer);
	return NULL;
}

static void signals(void)
{
	pthread_mutex_lock(&inner);
	ready = 1;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&inner);
}

/* The waiter keeps an outer lock that its signaller needs. */
static void outer_lock(void)
{
	pthread_t thread;
	START(&thread, waits_in_outer, NULL);
	await_blocked(&tid);
	pthread_mutex_lock(&outer);
	signals();
	pthread_mutex_unlock(&outer);
	JOIN(thread);
}

static void *signals_under_outer(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&outer);
	signals();
	pthread_mutex_unlock(&outer);
	return NULL;
}

/* A callback under a lock waits for a worker that needs the lock: by condition, not by join. */
static void callback_joins(void)
{
	pthread_t thread;
	pthread_mutex_lock(&outer);
	START(&thread, signals_under_outer, NULL);
	wait_ready();
	pthread_mutex_unlock(&outer);
	JOIN(thread);
}

static void *sleeper(void *unused)
{
	(void)unused;
	wait_ready();
	return NULL;
}

static void all_asleep(void)
{
	pthread_t threads[20];
	for (int i = 0; i < 20; i++)
		START(&threads[i], sleeper, NULL);
	for (int i = 0; i < 20; i++)
		JOIN(threads[i]);
}

static void *producer(void *unused)
{
	(void)unused;
	for (int i = 0; i < 4; i++) {
		pthread_mutex_lock(&inner);
		while (jobs == 2)
			pthread_cond_wait(&room, &inner);
		jobs++;
		pthread_cond_signal(&cond);
		pthread_mutex_unlock(&inner);
	}
	return NULL;
}

/* The consumer has taken what it wanted and left; the producer waits for room. */
static void consumer_left(void)
{
	pthread_t thread;
	START(&thread, producer, NULL);
	pthread_mutex_lock(&inner);
	while (!jobs)
		pthread_cond_wait(&cond, &inner);
	jobs--;
	pthread_cond_signal(&room);
	pthread_mutex_unlock(&inner);
	JOIN(thread);
}

/* One thread only, which waits for a signal of its own. */
static void self_wait(void)
{
	wait_ready();
	signals();
}

static void *job_in_pool(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&inner);
	jobs++;
	pthread_cond_signal(&cond);
	/* Every worker waits for a job that only a worker could do. */
	while (!done)
		pthread_cond_wait(&room, &inner);
	pthread_mutex_unlock(&inner);
	return NULL;
}

static void pool_waits_for_pool(void)
{
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		START(&threads[i], job_in_pool, NULL);
	for (int i = 0; i < 3; i++)
		JOIN(threads[i]);
}

static void *writer(void *unused)
{
	(void)unused;
	pthread_rwlock_wrlock(&table);
	signals();
	pthread_rwlock_unlock(&table);
	return NULL;
}

/* A reader keeps the writer out that is to signal. */
static void reader(void)
{
	pthread_t thread;
	pthread_rwlock_rdlock(&table);
	START(&thread, writer, NULL);
	wait_ready();
	pthread_rwlock_unlock(&table);
	JOIN(thread);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} all[] = {{"outer-lock", outer_lock}, {"callback-joins", callback_joins},
		   {"all-asleep", all_asleep}, {"consumer-left", consumer_left},
		   {"self-wait", self_wait},   {"pool-waits-for-pool", pool_waits_for_pool},
		   {"reader", reader}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (argc > 1 && !strcmp(argv[1], all[i].name))
			all[i].run();
	return 0;
}
