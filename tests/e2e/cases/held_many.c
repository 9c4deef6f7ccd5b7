/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread holds thousands of locks at once. Two of its locks, deep among them, are taken the other
 * way round by another thread: an inversion, unless a third one, as deep, keeps them apart, or the
 * second thread has waited for the first one to end. Locks come and go in any order: the oldest
 * first, every other one, the newest; read locks that are held already are taken again. */
// variants: silent gate ordered inversion window rwlock over
// expect: silent
// expect[inversion]: lock-order-inversion predicted
// json[inversion]: len(f.objects) == 2
// json[over run]: unrecorded.held_many == 70000 - 65 - 65536
#include "case.h"

#define LOCKS 4000
#define MORE 70000

static pthread_mutex_t locks[LOCKS], gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t many[MORE];
static int with_gate;

static void *take_all(void *unused)
{
	for (int i = 0; i < LOCKS; i++) {
		if (i == 200 && with_gate)
			pthread_mutex_lock(&gate);
		pthread_mutex_lock(&locks[i]);
	}
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_unlock(&locks[i]);
	if (with_gate)
		pthread_mutex_unlock(&gate);
	return unused;
}

static void *take_two(void *unused)
{
	if (with_gate)
		pthread_mutex_lock(&gate);
	pthread_mutex_lock(&locks[700]);
	pthread_mutex_lock(&locks[300]);
	pthread_mutex_unlock(&locks[300]);
	pthread_mutex_unlock(&locks[700]);
	if (with_gate)
		pthread_mutex_unlock(&gate);
	return unused;
}

static void run(void *(*routine)(void *))
{
	pthread_t t;
	CHECK(!pthread_create(&t, NULL, routine, NULL));
	CHECK(!pthread_join(t, NULL));
}

/* The thread waits for its turn, so it is not ordered by create and join. */
static void *take_two_later(void *unused)
{
	turn_await(1);
	return take_two(unused);
}

static void both(void)
{
	pthread_t t;
	CHECK(!pthread_create(&t, NULL, take_two_later, NULL));
	take_all(NULL);
	turn_next();
	CHECK(!pthread_join(t, NULL));
}

/* Always a hundred held, each for a hundred others. */
static void window(void)
{
	for (int i = 0; i < LOCKS * 20; i++) {
		pthread_mutex_lock(&locks[i % LOCKS]);
		if (i >= 100)
			pthread_mutex_unlock(&locks[(i - 100) % LOCKS]);
	}
	for (int i = LOCKS * 20 - 100; i < LOCKS * 20; i++)
		pthread_mutex_unlock(&locks[i % LOCKS]);
}

static void read_again(void)
{
	for (int i = 0; i < LOCKS; i++)
		pthread_rwlock_rdlock(&many[i]);
	for (int i = LOCKS; i-- > 0;)
		pthread_rwlock_rdlock(&many[i]);
	for (int i = 0; i < LOCKS; i += 2)
		pthread_rwlock_unlock(&many[i]);
	for (int i = 0; i < LOCKS; i++)
		pthread_rwlock_unlock(&many[i]);
	for (int i = 1; i < LOCKS; i += 2)
		pthread_rwlock_unlock(&many[i]);
	for (int i = 0; i < LOCKS; i++) {
		CHECK(!pthread_rwlock_trywrlock(&many[i]));
		CHECK(!pthread_rwlock_unlock(&many[i]));
		CHECK(!pthread_rwlock_destroy(&many[i]));
	}
}

static void hold(int n)
{
	for (int i = 0; i < n; i++)
		pthread_rwlock_rdlock(&many[i]);
	for (int i = 0; i < n; i++)
		pthread_rwlock_unlock(&many[i]);
}

int main(int count, char **arguments)
{
	const char *how = count > 1 ? arguments[1] : "silent";
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_init(&locks[i], NULL);
	for (int i = 0; i < MORE; i++)
		pthread_rwlock_init(&many[i], NULL);
	with_gate = !strcmp(how, "gate");
	if (!strcmp(how, "silent"))
		run(take_all);
	else if (!strcmp(how, "ordered"))
		run(take_all), run(take_two);
	else if (!strcmp(how, "window"))
		window();
	else if (!strcmp(how, "rwlock"))
		read_again();
	else if (!strcmp(how, "over"))
		hold(MORE);            /* more than are recorded */
	else if (!strcmp(how, "some")) /* held_many_size.py */
		hold(count > 2 ? atoi(arguments[2]) : 0);
	else
		both();
	puts("done");
	return 0;
}
