/* SPDX-License-Identifier: Apache-2.0
 *
 * Things that come and go: churn KIND COUNT SAMPLES
 * makes COUNT of them in all, and prints a line SAMPLES times on the way:
 *	EVENTS SECONDS RESIDENT-KIB RECORDING-KIB
 * A thousand of them are alive at a time, in an order that is not that of their making, so that
 * memory is used again at other addresses and by other sizes; the seed is fixed.
 *   mutex mutex-nested    malloc, init, lock, unlock, destroy, free; alone and under an outer lock
 *   plain plain-nested    as C++ has them: new, lock, unlock, delete, without init and destroy
 *   rwlock-nested sem cond
 *   thread                create and join
 *   thread-locks          the same with a lock of its own under an outer lock in each thread
 *   detached              create detached, wait until it has been there
 * bench/long.sh runs it. */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "bench/process.h"

#define ALIVE 1000

union object {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	pthread_cond_t cond;
	sem_t sem;
};

struct kind {
	const char *name;
	void (*come)(union object *o); /* NULL: threads, which turn does by itself */
	void (*use)(union object *o);
	void (*go)(union object *o);
	int nested;
	void (*turn)(void);
};

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static union object *alive[ALIVE];
static volatile long sink;

static uint32_t random_below(uint32_t limit)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % limit;
}

static void mutex_come(union object *o)
{
	pthread_mutex_init(&o->mutex, NULL);
}

/* What the compiler makes of a constructor of std::mutex. */
static void plain_come(union object *o)
{
	memset(&o->mutex, 0, sizeof o->mutex);
}

static void mutex_use(union object *o)
{
	pthread_mutex_lock(&o->mutex);
	sink++;
	pthread_mutex_unlock(&o->mutex);
}

static void mutex_go(union object *o)
{
	pthread_mutex_destroy(&o->mutex);
}

static void plain_go(union object *o)
{
	(void)o;
}

static void rwlock_come(union object *o)
{
	pthread_rwlock_init(&o->rwlock, NULL);
}

static void rwlock_use(union object *o)
{
	pthread_rwlock_wrlock(&o->rwlock);
	sink++;
	pthread_rwlock_unlock(&o->rwlock);
}

static void rwlock_go(union object *o)
{
	pthread_rwlock_destroy(&o->rwlock);
}

static void cond_come(union object *o)
{
	pthread_cond_init(&o->cond, NULL);
}

static void cond_use(union object *o)
{
	pthread_cond_signal(&o->cond);
}

static void cond_go(union object *o)
{
	pthread_cond_destroy(&o->cond);
}

static void sem_come(union object *o)
{
	sem_init(&o->sem, 0, 0);
}

static void sem_use(union object *o)
{
	sem_post(&o->sem);
	sem_wait(&o->sem);
}

static void sem_go(union object *o)
{
	sem_destroy(&o->sem);
}

static void *nothing(void *argument)
{
	return argument;
}

static void *locks(void *argument)
{
	pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&outer);
	pthread_mutex_lock(&own);
	sink++;
	pthread_mutex_unlock(&own);
	pthread_mutex_unlock(&outer);
	pthread_mutex_destroy(&own);
	return argument;
}

static void *post(void *been_there)
{
	sem_post(been_there);
	return NULL;
}

static void start(pthread_t *t, void *(*body)(void *), void *argument)
{
	if (pthread_create(t, NULL, body, argument))
		abort();
}

static void thread_turn(void)
{
	pthread_t t;

	start(&t, nothing, NULL);
	pthread_join(t, NULL);
}

static void thread_locks_turn(void)
{
	pthread_t t;

	start(&t, locks, NULL);
	pthread_join(t, NULL);
}

static void detached_turn(void)
{
	static sem_t been_there;
	pthread_t t;

	start(&t, post, &been_there);
	pthread_detach(t);
	sem_wait(&been_there);
}

static const struct kind kinds[] = {
	{"mutex", mutex_come, mutex_use, mutex_go, 0, NULL},
	{"mutex-nested", mutex_come, mutex_use, mutex_go, 1, NULL},
	{"plain", plain_come, mutex_use, plain_go, 0, NULL},
	{"plain-nested", plain_come, mutex_use, plain_go, 1, NULL},
	{"rwlock-nested", rwlock_come, rwlock_use, rwlock_go, 1, NULL},
	{"cond", cond_come, cond_use, cond_go, 0, NULL},
	{"sem", sem_come, sem_use, sem_go, 0, NULL},
	{"thread", NULL, NULL, NULL, 0, thread_turn},
	{"thread-locks", NULL, NULL, NULL, 0, thread_locks_turn},
	{"detached", NULL, NULL, NULL, 0, detached_turn},
};

static union object *make(const struct kind *kind)
{
	union object *o = malloc(sizeof *o + random_below(400));

	if (!o)
		abort();
	kind->come(o);
	return o;
}

/* One of those alive goes, at random; another one takes its place and is used. */
static void replace(const struct kind *kind)
{
	union object **place = &alive[random_below(ALIVE)];

	if (*place) {
		kind->go(*place);
		free(*place);
	}
	*place = make(kind);
	if (kind->nested)
		pthread_mutex_lock(&outer);
	kind->use(*place);
	if (kind->nested)
		pthread_mutex_unlock(&outer);
}

static void run(const struct kind *kind, long count, long samples)
{
	double started = process_now();
	long event = 0;

	for (long sample = 1; sample <= samples; sample++) {
		for (; event < count / samples * sample; event++) {
			if (kind->turn)
				kind->turn();
			else
				replace(kind);
		}
		printf("%ld %.3f %ld %ld\n", event, process_now() - started, process_resident_kib(),
		       process_recording_kib());
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 4 && i < sizeof kinds / sizeof *kinds; i++) {
		if (!strcmp(argv[1], kinds[i].name) && atol(argv[3]) > 0) {
			run(&kinds[i], atol(argv[2]), atol(argv[3]));
			return 0;
		}
	}
	fprintf(stderr, "usage: churn KIND COUNT SAMPLES; the kinds are:");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		fprintf(stderr, " %s", kinds[i].name);
	fprintf(stderr, "\n");
	return 2;
}
