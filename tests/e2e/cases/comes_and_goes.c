/* SPDX-License-Identifier: Apache-2.0
 *
 * For reclaim.py: locks and threads that come and go, HOW and how often are the arguments. */
// mode: none
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lasting = PTHREAD_MUTEX_INITIALIZER;

static void both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

static void *worker(void *object)
{
	both(&lasting, object);
	return NULL;
}

/* The objects of a round live together and die together. */
static void one_round(const char *how)
{
	pthread_mutex_t *objects[16];
	pthread_t thread;
	for (int i = 0; i < 16; i++) {
		objects[i] = malloc(sizeof *objects[i]);
		pthread_mutex_init(objects[i], NULL);
	}
	for (int i = 0; i < 16; i++) {
		if (!strcmp(how, "inner"))
			both(&lasting, objects[i]);
		else if (!strcmp(how, "outer"))
			both(objects[i], &lasting);
		else if (!strcmp(how, "chain") && i < 15)
			both(objects[i], objects[i + 1]);
	}
	if (!strcmp(how, "thread")) {
		pthread_create(&thread, NULL, worker, objects[0]);
		pthread_join(thread, NULL);
	}
	for (int i = 0; i < 16; i++) {
		if (strcmp(how, "undestroyed"))
			pthread_mutex_destroy(objects[i]);
		free(objects[i]);
	}
}

int main(int argc, char **argv)
{
	for (int i = argc > 2 ? atoi(argv[2]) : 0; i > 0; i--)
		one_round(argv[1]);
	return 0;
}
