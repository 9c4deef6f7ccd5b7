/* SPDX-License-Identifier: Apache-2.0
 *
 * Producers and consumers with a semaphore of free places and one of items, and two semaphores that
 * hand a turn back and forth: again and again everybody is asleep but the one who has been woken.
 */
// expect: silent
// variants: queue ping-pong
#include "case.h"

#define ITEMS 100000
#define ROUNDS 200000
#define PLACES 8
#define SIDES 3

static sem_t empty, items, lock;
static int queue[PLACES];
static unsigned first, last;
static long sum;

static void *producer(void *unused)
{
	for (int i = 0; i < ITEMS / SIDES; i++) {
		sem_wait(&empty);
		sem_wait(&lock);
		queue[last++ % PLACES] = i;
		sem_post(&lock);
		sem_post(&items);
	}
	return unused;
}

static void *consumer(void *unused)
{
	for (int i = 0; i < ITEMS / SIDES; i++) {
		sem_wait(&items);
		sem_wait(&lock);
		sum += queue[first++ % PLACES];
		sem_post(&lock);
		sem_post(&empty);
	}
	return unused;
}

static void *pong(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_wait(&items);
		sum++;
		sem_post(&empty);
	}
	return unused;
}

static void *ping(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_post(&items);
		sem_wait(&empty);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int is_queue = argc < 2 || !strcmp(argv[1], "queue");
	pthread_t thread[2 * SIDES];
	int sides = is_queue ? SIDES : 1;
	sem_init(&empty, 0, is_queue ? PLACES : 0);
	sem_init(&items, 0, 0);
	sem_init(&lock, 0, 1);
	for (int i = 0; i < sides; i++) {
		START(&thread[2 * i], is_queue ? producer : ping, NULL);
		START(&thread[2 * i + 1], is_queue ? consumer : pong, NULL);
	}
	for (int i = 0; i < 2 * sides; i++)
		JOIN(thread[i]);
	printf("%ld\n", sum);
	return 3;
}
