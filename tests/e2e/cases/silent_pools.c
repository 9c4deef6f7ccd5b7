/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools whose threads all sleep for long, while main goes on, and that are as they should be: they
 * are idle (`idle`), have said that they are ready and wait for the start at one gate or each at a
 * condition of its own (`gate`, `mailbox`), wait for answers that a thread will bring which reads
 * from elsewhere (`remote`), or have a thread left (`left`).
 */
// mode: run
// variants: idle gate mailbox remote left
// options: leaks=off
// expect: silent
#include "pool.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static pthread_cond_t start[2] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};
static const char *variant;
static int go, done, number, ends[2];

static int is(const char *name)
{
	return !strcmp(variant, name);
}

static void finish(void)
{
	__atomic_add_fetch(&done, 1, __ATOMIC_ACQ_REL);
}

static void await_go(int which)
{
	pthread_mutex_lock(&mutex);
	while (!go)
		pthread_cond_wait(&start[which], &mutex);
	pthread_mutex_unlock(&mutex);
	finish();
}

static void give_go(void)
{
	pthread_mutex_lock(&mutex);
	go = 1;
	pthread_cond_broadcast(&start[0]);
	pthread_cond_broadcast(&start[1]);
	pthread_mutex_unlock(&mutex);
}

/* It hands something over to its own pool, and waits for somebody else's answer. */
static void remote_job(void)
{
	int which = __atomic_fetch_add(&number, 1, __ATOMIC_ACQ_REL);

	turn_next();
	turn_reached(2);
	pool_submit(finish);
	await_go(which);
}

static void *reader(void *arg)
{
	char c;

	CHECK(read(ends[0], &c, 1) == 1);
	give_go();
	return arg;
}

static void *worker(void *arg)
{
	int which = is("gate") ? 0 : __atomic_fetch_add(&number, 1, __ATOMIC_ACQ_REL);

	pthread_mutex_lock(&mutex);
	turn_next();
	pthread_cond_signal(&ready);
	pthread_mutex_unlock(&mutex);
	await_go(which);
	return arg;
}

static void do_work(void)
{
	pthread_t t;

	if (is("gate") || is("mailbox")) {
		for (int i = 0; i < 2; i++) {
			START(&t, worker, NULL);
			pthread_detach(t);
		}
		turn_reached(2);
		return;
	}
	pool_start(is("left") ? 3 : 2);
	if (is("remote")) {
		START(&t, reader, NULL);
		pthread_detach(t);
	}
	for (int i = 0; i < 2; i++)
		pool_submit(is("idle") ? finish : remote_job);
}

int main(int argc, char **argv)
{
	int all;

	CHECK(argc == 2 && !pipe(ends));
	variant = argv[1];
	do_work();
	sleep(3); /* more than a look from outside takes */
	if (is("remote"))
		CHECK(write(ends[1], "x", 1) == 1);
	else
		give_go();
	all = is("remote") || is("left") ? 4 : 2;
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != all)
		sched_yield();
	puts("done");
	fflush(stdout);
	_exit(0);
}
