/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that no initialised object has: memory that nobody has initialised, or an object that
 * something has written over. Each call is given one.
 */
// cflags: -I.
// variants: post wait trywait timedwait clockwait sem-destroy sem-fresh
// variants: signal broadcast cond-wait cond-timedwait cond-clockwait cond-destroy cond-fresh
// variants: c11-signal c11-broadcast c11-wait c11-timedwait c11-destroy
// variants: barrier spin-lock spin-trylock spin-fresh
// variants: rwlock-unlock rwlock-some rwlock-writer mutex-word mutex-held
// options: leaks=off
// expect: wrong-object confirmed
// json: all("bytes" in x.why for x in findings)
// json[post]: "overwritten" in f.message
// json[sem-fresh]: "never initialised" in f.message
// json[cond-fresh]: "never initialised" in f.message
// json[spin-fresh]: "never initialised" in f.message
// json[mutex-held]: "overwritten" in f.message
// stdout: done
// status: 66
// hangs
#include <signal.h>
#include <threads.h>
#include "glimpse.h"

static union {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	pthread_spinlock_t spin;
	pthread_cond_t cond;
	cnd_t c11;
	sem_t semaphore;
	pthread_barrier_t barrier;
	unsigned word[16];
} o;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static mtx_t c11;
static const char *how;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static int begins(const char *name)
{
	return !strncmp(how, name, strlen(name));
}

/* The real call may do anything: the finding is made before it. */
static void end(int number)
{
	(void)number;
	_exit(66);
}

static void init(void)
{
	if (strstr(how, "fresh"))
		return;
	if (begins("cond") || is("signal") || is("broadcast"))
		CHECK(pthread_cond_init(&o.cond, NULL) == 0);
	else if (begins("c11"))
		CHECK(cnd_init(&o.c11) == thrd_success);
	else if (begins("spin"))
		CHECK(pthread_spin_init(&o.spin, 0) == 0);
	else if (is("barrier"))
		CHECK(pthread_barrier_init(&o.barrier, NULL, 1) == 0);
	else if (is("mutex-held"))
		CHECK(pthread_mutex_init(&o.mutex, NULL) == 0 && pthread_mutex_lock(&o.mutex) == 0);
	else if (!begins("rwlock") && !begins("mutex"))
		CHECK(sem_init(&o.semaphore, 0, 1) == 0);
}

static void spoil(void)
{
	if (is("rwlock-some")) {
		memset(&o, 0x55, 24);
	} else if (is("rwlock-writer")) {
		o.word[6] = 0x12345678;
	} else if (is("mutex-word")) {
		o.word[0] = 77;
	} else {
		memset(&o, 0x55, sizeof o);
	}
}

static void use(void)
{
	struct timespec limit = soon(CLOCK_REALTIME, 10);
	if (is("post") || is("sem-fresh"))
		sem_post(&o.semaphore);
	else if (is("wait"))
		sem_wait(&o.semaphore);
	else if (is("trywait"))
		sem_trywait(&o.semaphore);
	else if (is("timedwait"))
		sem_timedwait(&o.semaphore, &limit);
	else if (is("clockwait"))
		sem_clockwait(&o.semaphore, CLOCK_REALTIME, &limit);
	else if (is("sem-destroy"))
		sem_destroy(&o.semaphore);
	else if (is("signal") || is("cond-fresh"))
		pthread_cond_signal(&o.cond);
	else if (is("broadcast"))
		pthread_cond_broadcast(&o.cond);
	else if (is("cond-wait"))
		pthread_cond_wait(&o.cond, &mutex);
	else if (is("cond-timedwait"))
		pthread_cond_timedwait(&o.cond, &mutex, &limit);
	else if (is("cond-clockwait"))
		pthread_cond_clockwait(&o.cond, &mutex, CLOCK_REALTIME, &limit);
	else if (is("cond-destroy"))
		pthread_cond_destroy(&o.cond);
	else if (is("c11-signal"))
		cnd_signal(&o.c11);
	else if (is("c11-broadcast"))
		cnd_broadcast(&o.c11);
	else if (is("c11-wait"))
		cnd_wait(&o.c11, &c11);
	else if (is("c11-timedwait"))
		cnd_timedwait(&o.c11, &c11, &limit);
	else if (is("c11-destroy"))
		cnd_destroy(&o.c11);
	else if (is("barrier"))
		pthread_barrier_wait(&o.barrier);
	else if (is("spin-lock"))
		pthread_spin_lock(&o.spin);
	else if (begins("spin"))
		pthread_spin_trylock(&o.spin);
	else if (begins("rwlock"))
		pthread_rwlock_unlock(&o.rwlock);
	else if (is("mutex-word"))
		pthread_mutex_trylock(&o.mutex);
	else
		pthread_mutex_unlock(&o.mutex);
}

static void *watch(void *unused)
{
	int recording = open_recording();
	while (!recorded_findings(recording))
		usleep(1000);
	end(0);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	how = argc > 1 ? argv[1] : "post";
	CHECK(mtx_init(&c11, mtx_plain) == thrd_success && mtx_lock(&c11) == thrd_success);
	CHECK(pthread_mutex_lock(&mutex) == 0);
	puts("done");
	fflush(stdout);
	START(&thread, watch, NULL);
	for (int signals[] = {SIGABRT, SIGSEGV, SIGBUS, 0}, *s = signals; *s; s++)
		signal(*s, end);
	init();
	spoil();
	use();
	end(0);
}
