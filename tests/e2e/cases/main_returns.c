/* SPDX-License-Identifier: Apache-2.0
 *
 * main returns while its thread holds a lock.
 */
// variants: static heap local recursive read write spin c11 nested
// expect: lock-held-at-thread-exit suspect
// json: roles(f) == ["holds"]
// text: main returned without unlocking it
#include <threads.h>
#include "case.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static mtx_t c11;

static __attribute__((noinline)) void take_nested(void)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "static";
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
	pthread_mutex_t *heap = malloc(sizeof *heap);
	CHECK(pthread_mutex_init(heap, NULL) == 0 && pthread_spin_init(&spin, 0) == 0);
	CHECK(mtx_init(&c11, mtx_plain) == thrd_success);
	if (!strcmp(how, "heap"))
		pthread_mutex_lock(heap);
	else if (!strcmp(how, "local"))
		pthread_mutex_lock(&local);
	else if (!strcmp(how, "recursive"))
		pthread_mutex_lock(&recursive);
	else if (!strcmp(how, "read"))
		pthread_rwlock_rdlock(&rwlock);
	else if (!strcmp(how, "write"))
		pthread_rwlock_wrlock(&rwlock);
	else if (!strcmp(how, "spin"))
		pthread_spin_lock(&spin);
	else if (!strcmp(how, "c11"))
		mtx_lock(&c11);
	else if (!strcmp(how, "nested"))
		take_nested();
	else
		pthread_mutex_lock(&mutex);
	puts("done");
	return 6;
}
