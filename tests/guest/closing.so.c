/* SPDX-License-Identifier: Apache-2.0
 *
 * A library that closing_libraries loads under many names: it locks, nested, and on request unlocks
 * what is not locked. */
#include <pthread.h>

void closing_use(pthread_mutex_t *shared);
void closing_misuse(pthread_mutex_t *shared);
static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;

void closing_use(pthread_mutex_t *shared)
{
	pthread_mutex_lock(shared);
	pthread_mutex_lock(&outer);
	pthread_mutex_lock(&inner);
	pthread_mutex_unlock(&inner);
	pthread_mutex_unlock(&outer);
	pthread_mutex_unlock(shared);
}

void closing_misuse(pthread_mutex_t *shared)
{
	pthread_mutex_lock(shared);
	pthread_mutex_unlock(shared);
	pthread_mutex_unlock(shared);
}
