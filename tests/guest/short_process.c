/* SPDX-License-Identifier: Apache-2.0
 *
 * A process that is soon over and has a thread, so that it leaves a recording: with nothing to tell, with one of
 * two inversions, with a shared lock that it holds to the end, or with itself again, N times. */
// mode: none
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static sem_t turn;

static void take(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

static void *quiet(void *unused)
{
	return unused;
}

static void *one_way(void *unused)
{
	take(&a, &b);
	sem_post(&turn);
	return unused;
}

static void *other_way(void *unused)
{
	sem_wait(&turn);
	take(&b, &a);
	return unused;
}

static void *other_way_elsewhere(void *unused)
{
	sem_wait(&turn);
	take(&b, &a);
	return unused;
}

/* In turns, but neither is joined before both are made: nothing that is known orders them. */
static void run(void *(*first)(void *), void *(*second)(void *))
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, first, NULL);
	pthread_create(&threads[1], NULL, second, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
}

static void hold_shared(void)
{
	pthread_mutex_t *m =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t shared;

	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &shared);
	pthread_mutex_lock(m);
	_exit(0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "quiet";
	int again = argc > 2 ? atoi(argv[2]) : 0;
	char number[16];

	if (!strcmp(what, "one"))
		run(one_way, other_way);
	else if (!strcmp(what, "two"))
		run(one_way, other_way_elsewhere);
	else
		run(quiet, quiet);
	if (!strcmp(what, "shared"))
		hold_shared();
	snprintf(number, sizeof(number), "%d", again - 1);
	if (!strcmp(what, "exec") && again > 0)
		execl("/proc/self/exe", argv[0], what, number, NULL);
	return 0;
}
