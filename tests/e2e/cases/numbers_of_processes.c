/* SPDX-License-Identifier: Apache-2.0
 *
 * A process and its child, each with locks of its own, which are other locks: a number of the
 * report names one of them only.  Threads of both that wait at one place wait for one condition
 * each. */
// mode: run
// expect: lock-order-inversion predicted
// expect: leaked-worker suspect
// count: some
// json: len(kinds(findings)) == 3
// json: len({o.id for x in findings for o in x.objects if o.type == "mutex"}) >= 4
// json: [o.id for x in findings[:2] for o in x.objects] == ["M1", "M2", "M3", "M4"]
// text: 2 of them waiting for a condition variable each, in idle
#include "case.h"
#include <sys/wait.h>

struct pair {
	pthread_mutex_t a, b;
};

static pid_t sleeper;

static void *one_way(void *arg)
{
	struct pair *p = arg;
	CHECK(pthread_mutex_lock(&p->a) == 0);
	CHECK(pthread_mutex_lock(&p->b) == 0);
	CHECK(pthread_mutex_unlock(&p->b) == 0);
	CHECK(pthread_mutex_unlock(&p->a) == 0);
	turn_next();
	return NULL;
}

/* The child's is at another place, so that it is another finding. */
static void *parents_other_way(void *arg)
{
	struct pair *p = arg;
	turn_await(1);
	CHECK(pthread_mutex_lock(&p->b) == 0);
	CHECK(pthread_mutex_lock(&p->a) == 0);
	CHECK(pthread_mutex_unlock(&p->a) == 0);
	CHECK(pthread_mutex_unlock(&p->b) == 0);
	return NULL;
}

static void *childs_other_way(void *arg)
{
	struct pair *p = arg;
	turn_await(1);
	CHECK(pthread_mutex_lock(&p->b) == 0);
	CHECK(pthread_mutex_lock(&p->a) == 0);
	CHECK(pthread_mutex_unlock(&p->a) == 0);
	CHECK(pthread_mutex_unlock(&p->b) == 0);
	return NULL;
}

static void *idle(void *unused)
{
	static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	CHECK(pthread_mutex_lock(&m) == 0);
	publish_tid(&sleeper);
	while (!unused)
		pthread_cond_wait(&c, &m);
	return NULL;
}

static void work(void *(*other_way)(void *))
{
	struct pair *p = calloc(1, sizeof *p);
	pthread_t x, y, z;
	CHECK(p && pthread_mutex_init(&p->a, NULL) == 0 && pthread_mutex_init(&p->b, NULL) == 0);
	turn_now = 0;
	sleeper = 0;
	START(&x, one_way, p);
	START(&y, other_way, p);
	JOIN(x);
	JOIN(y);
	START(&z, idle, NULL);
	await_blocked(&sleeper);
}

int main(void)
{
	int status;
	pid_t child = fork();
	if (!child) {
		work(childs_other_way);
		exit(0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	work(parents_other_way);
	puts("done");
	return 0;
}
