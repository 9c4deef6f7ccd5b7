/* SPDX-License-Identifier: Apache-2.0
 *
 * Semaphores as completion flags: one on the stack that is destroyed as soon as its wait returns,
 * while its poster may still be in the post; one that is used again and again; and one that is
 * initialised anew at the same place: that was silent once; it is undefined, the peers tell of it,
 * and so it is a suspect now. */
// expect: silent
// expect[anew]: reinit-in-use suspect
// variants: stack again anew
#include "case.h"

#define ROUNDS 20000

struct job {
	sem_t done;
	int result;
};

static struct job *mailbox;
static sem_t posted;

static void *server(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_wait(&posted);
		struct job *job = __atomic_load_n(&mailbox, __ATOMIC_ACQUIRE);
		job->result = i;
		sem_post(&job->done);
	}
	return unused;
}

static void ask(struct job *job, int i)
{
	__atomic_store_n(&mailbox, job, __ATOMIC_RELEASE);
	sem_post(&posted);
	CHECK(sem_wait(&job->done) == 0);
	CHECK(job->result == i);
}

static void on_stack(int i)
{
	struct job job;
	CHECK(sem_init(&job.done, 0, 0) == 0);
	ask(&job, i);
	CHECK(sem_destroy(&job.done) == 0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "stack";
	static struct job job;
	pthread_t thread;
	sem_init(&posted, 0, 0);
	sem_init(&job.done, 0, 0);
	START(&thread, server, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		if (!strcmp(how, "stack")) {
			on_stack(i);
			continue;
		}
		if (!strcmp(how, "anew"))
			CHECK(sem_init(&job.done, 0, 0) == 0);
		ask(&job, i);
	}
	JOIN(thread);
	puts("done");
	return 6;
}
