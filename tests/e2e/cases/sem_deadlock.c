/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that wait for semaphores which nobody is left to post: two used as locks and taken in
 * opposite orders, a worker whom nobody tells, a semaphore behind a mutex that its poster needs. */
// variants: opposite worker mutex alone
// expect: deadlock confirmed
// hangs
// stdout: -
// text[opposite]: fix: Find who should have posted the semaphore
// json: "every thread of the process is asleep" in f.why
// json[opposite]: any(s.role == "waits" and s.object for s in f.stacks)
// >= 2 json[opposite]: .findings[0].objects | any(.type == "semaphore") json[mutex]:
// .findings[0].stacks | any(.role == "holds" and any(.frames[]; .function == "keeper"))
#include "case.h"

static sem_t a, b;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *forward(void *unused)
{
	sem_wait(&a);
	turn_next();
	turn_reached(2);
	sem_wait(&b);
	sem_post(&b);
	sem_post(&a);
	return unused;
}

static void *backward(void *unused)
{
	sem_wait(&b);
	turn_next();
	turn_reached(2);
	sem_wait(&a);
	sem_post(&a);
	sem_post(&b);
	return unused;
}

static void *keeper(void *unused)
{
	pthread_mutex_lock(&mutex);
	turn_next();
	sem_wait(&a);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *poster(void *unused)
{
	turn_reached(1);
	pthread_mutex_lock(&mutex);
	sem_post(&a);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *worker(void *unused)
{
	sem_wait(&a);
	sem_wait(&a);
	return unused;
}

static void run(void *(*first)(void *), void *(*second)(void *))
{
	pthread_t one, two;
	START(&one, first, NULL);
	if (second)
		START(&two, second, NULL);
	JOIN(one);
	if (second)
		JOIN(two);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "opposite";
	int opposite = !strcmp(how, "opposite");
	sem_init(&a, 0, opposite);
	sem_init(&b, 0, opposite);
	if (!strcmp(how, "alone"))
		sem_wait(&a);
	if (!strcmp(how, "worker")) {
		sem_post(&a);
		run(worker, NULL);
	} else if (!strcmp(how, "mutex")) {
		run(keeper, poster);
	} else {
		run(forward, backward);
	}
	puts("never");
	return 0;
}
