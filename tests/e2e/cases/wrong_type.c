/* SPDX-License-Identifier: Apache-2.0
 *
 * An object is passed to a call of another type: a mutex as an rwlock, condition, semaphore or spin
 * lock, an rwlock as a mutex or spin lock, a spin lock as a mutex or rwlock, and a condition in
 * which a thread sleeps as a mutex. */
// variants: mutex-as-rwlock held-mutex-as-rwlock mutex-as-cond rwlock-as-mutex cond-as-mutex
// variants: held-mutex-wrlock mutex-as-spin spin-as-mutex
// variants: held-spin-as-mutex spin-as-rwlock rwlock-as-spin
// expect: wrong-object confirmed
// expect[cond-as-mutex]: wrong-object confirmed
// expect[cond-as-mutex]: leaked-worker suspect
// json: any(matches("other.type|bytes", x.why) for x in findings if x.kind == "wrong-object")
// stdout: done
// hangs
#include "case.h"

static union {
	pthread_mutex_t mutex;
	pthread_rwlock_t rwlock;
	pthread_cond_t cond;
	pthread_spinlock_t spin;
} o;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pid_t tid;

static void *sleeper(void *unused)
{
	publish_tid(&tid);
	pthread_mutex_lock(&mutex);
	pthread_cond_wait(&o.cond, &mutex);
	return unused;
}

static void use(const char *how)
{
	pthread_t thread;
	if (strstr(how, "mutex-as") == how && strcmp(how, "mutex-as-spin")) {
		pthread_mutex_lock(&o.mutex);
		pthread_mutex_unlock(&o.mutex);
		if (strstr(how, "rwlock"))
			pthread_rwlock_tryrdlock(&o.rwlock);
		else
			pthread_cond_signal(&o.cond);
	} else if (!strcmp(how, "held-mutex-as-rwlock")) {
		pthread_mutex_lock(&o.mutex);
		pthread_rwlock_trywrlock(&o.rwlock);
		pthread_rwlock_unlock(&o.rwlock);
	} else if (!strcmp(how, "held-mutex-wrlock")) {
		pthread_mutex_lock(&o.mutex);
		pthread_rwlock_trywrlock(&o.rwlock);
	} else if (!strcmp(how, "mutex-as-spin")) {
		pthread_mutex_lock(&o.mutex);
		pthread_spin_unlock(&o.spin);
	} else if (!strcmp(how, "spin-as-mutex")) {
		pthread_spin_init(&o.spin, 0);
		pthread_mutex_trylock(&o.mutex);
	} else if (!strcmp(how, "held-spin-as-mutex")) {
		pthread_spin_init(&o.spin, 0);
		pthread_spin_lock(&o.spin);
		pthread_mutex_unlock(&o.mutex);
	} else if (!strcmp(how, "spin-as-rwlock")) {
		pthread_spin_init(&o.spin, 0);
		pthread_rwlock_unlock(&o.rwlock);
	} else if (!strcmp(how, "rwlock-as-spin")) {
		pthread_rwlock_wrlock(&o.rwlock);
		pthread_spin_trylock(&o.spin);
	} else if (!strcmp(how, "rwlock-as-mutex")) {
		pthread_rwlock_rdlock(&o.rwlock);
		CHECK(pthread_mutex_trylock(&o.mutex) != 0);
	} else {
		START(&thread, sleeper, NULL);
		await_blocked(&tid);
		pthread_mutex_trylock(&o.mutex);
	}
}

int main(int argc, char **argv)
{
	puts("done");
	fflush(stdout);
	use(argc > 1 ? argv[1] : "mutex-as-rwlock");
	_exit(5);
}
