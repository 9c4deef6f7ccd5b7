/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs of a pool hand over further jobs to the same pool and wait for them, until no thread is left
 * to do any, while main goes on serving.  They wait in conditions or semaphores of their own, and
 * in `lock` one waits for a lock that another one holds meanwhile.  In `late` main hands over the
 * last job, when no thread is left.
 */
// mode: run
// variants: condition semaphore lock late
// hangs
// run-arguments: --timeout 3s
// expect: deadlock suspect
// status: 124
// json: "handed over" in f.message or "nobody is left to do the work" in f.message
// json: len([s for s in f.stacks if s.role == "waits"]) == 2
// json: [s.frames[0].function for s in f.stacks][-1] == "pool_submit"
// text: nobody is left to do the work
#include "pool.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *variant;
static int taken;

struct answer {
	pthread_mutex_t mutex;
	pthread_cond_t come;
	sem_t semaphore;
	int there;
};

static void small_job(void)
{
	CHECK(!"it is never done");
}

static void await(struct answer *a)
{
	if (!strcmp(variant, "semaphore")) {
		sem_wait(&a->semaphore);
		return;
	}
	pthread_mutex_lock(&a->mutex);
	while (!a->there)
		pthread_cond_wait(&a->come, &a->mutex);
	pthread_mutex_unlock(&a->mutex);
}

static pid_t tids[2];

static int are_asleep(void)
{
	return __atomic_load_n(&turn_now, __ATOMIC_ACQUIRE) >= 4 && is_blocked(tids[0]) &&
	       is_blocked(tids[1]);
}

/* Both threads have taken one before either goes on. */
static void job(void)
{
	publish_tid(&tids[__atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED)]);
	struct answer a = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, .there = 0};

	sem_init(&a.semaphore, 0, 0);
	turn_next();
	turn_reached(2);
	if (!strcmp(variant, "lock"))
		pthread_mutex_lock(&lock);
	pool_submit(small_job);
	turn_next();
	await(&a);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	variant = argv[1];
	pool_start(2);
	pool_submit(job);
	pool_submit(job);
	while (!strcmp(variant, "late") && !are_asleep())
		sched_yield();
	if (!strcmp(variant, "late"))
		pool_submit(small_job);
	for (;;)
		usleep(1000);
}
