/* SPDX-License-Identifier: Apache-2.0
 *
 * list_size() is public and locks; list_is_empty() locks too and calls it.  Without snarl this
 * program hangs.
 *
 * It reports:
 */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static int size;

static int list_size(void)
{
	pthread_mutex_lock(&list_lock);
	int now = size;
	pthread_mutex_unlock(&list_lock);
	return now;
}

static int list_is_empty(void)
{
	pthread_mutex_lock(&list_lock);
	int empty = list_size() == 0;
	pthread_mutex_unlock(&list_lock);
	return empty;
}

int main(void)
{
	printf("empty: %d\n", list_is_empty());
	return 0;
}
