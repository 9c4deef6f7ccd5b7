/* SPDX-License-Identifier: Apache-2.0
 *
 * An object of static storage is initialised again, though it has not been destroyed and nobody
 * uses it; and what is no such thing: destroyed in between, or memory of the heap or of a frame
 * that is used anew, or a child of fork that makes its locks anew.
 */
// variants: mutex rwlock spin cond semaphore barrier c11 c11-cond used
// variants: destroyed heap frame child zeroed
// expect: reinit-in-use suspect
// expect[destroyed]: silent
// expect[heap]: silent
// expect[frame]: silent
// expect[child]: silent
// expect[zeroed]: silent
// json: all("not destroyed" in x.why for x in findings)
#include <sys/wait.h>
#include <threads.h>
#include "case.h"

static pthread_mutex_t mutex;
static pthread_rwlock_t rwlock;
static pthread_spinlock_t spin;
static pthread_cond_t cond;
static sem_t semaphore;
static pthread_barrier_t barrier;
static mtx_t c11;
static cnd_t c11_cond;
static const char *how;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void init(void)
{
	if (is("rwlock"))
		CHECK(pthread_rwlock_init(&rwlock, NULL) == 0);
	else if (is("spin"))
		CHECK(pthread_spin_init(&spin, 0) == 0);
	else if (is("cond"))
		CHECK(pthread_cond_init(&cond, NULL) == 0);
	else if (is("semaphore"))
		CHECK(sem_init(&semaphore, 0, 1) == 0);
	else if (is("barrier"))
		CHECK(pthread_barrier_init(&barrier, NULL, 1) == 0);
	else if (is("c11"))
		CHECK(mtx_init(&c11, mtx_plain) == thrd_success);
	else if (is("c11-cond"))
		CHECK(cnd_init(&c11_cond) == thrd_success);
	else
		CHECK(pthread_mutex_init(&mutex, NULL) == 0);
}

static void destroy_all(void)
{
	CHECK(pthread_mutex_init(&mutex, NULL) == 0 && pthread_mutex_destroy(&mutex) == 0);
	CHECK(pthread_rwlock_init(&rwlock, NULL) == 0 && pthread_rwlock_destroy(&rwlock) == 0);
	CHECK(pthread_spin_init(&spin, 0) == 0 && pthread_spin_destroy(&spin) == 0);
	CHECK(pthread_cond_init(&cond, NULL) == 0 && pthread_cond_destroy(&cond) == 0);
	CHECK(sem_init(&semaphore, 0, 1) == 0 && sem_destroy(&semaphore) == 0);
	CHECK(pthread_barrier_init(&barrier, NULL, 1) == 0 &&
	      pthread_barrier_destroy(&barrier) == 0);
}

static void on_heap(void)
{
	pthread_mutex_t *m = malloc(sizeof *m);
	CHECK(m && pthread_mutex_init(m, NULL) == 0);
	free(m);
	sem_t *s = malloc(sizeof *s);
	CHECK(s && sem_init(s, 0, 0) == 0);
	free(s);
}

static __attribute__((noinline)) void in_frame(void)
{
	pthread_mutex_t m;
	pthread_cond_t c;
	CHECK(pthread_mutex_init(&m, NULL) == 0 && pthread_cond_init(&c, NULL) == 0);
	CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_unlock(&m) == 0);
}

static void lock(void)
{
	CHECK(pthread_mutex_lock(&mutex) == 0);
}

static void unlock(void)
{
	CHECK(pthread_mutex_unlock(&mutex) == 0);
}

static void in_child(void)
{
	int status;
	/* As allocators do. */
	CHECK(pthread_atfork(lock, unlock, init) == 0);
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child) {
		init();
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "mutex";
	if (!is("destroyed"))
		init();
	if (is("used"))
		CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
	if (is("zeroed"))
		memset(&mutex, 0, sizeof mutex);
	for (int i = 0; i < 3; i++) {
		if (is("destroyed"))
			destroy_all();
		else if (is("heap"))
			on_heap();
		else if (is("frame"))
			in_frame();
	}
	if (is("child"))
		in_child();
	else if (!is("destroyed") && !is("heap") && !is("frame"))
		init();
	puts("done");
	return 0;
}
