/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread holds a lock while another waits for it, and does not give it up before that has been
 * told: so it is told while it lasts, with what the holder does at this very moment.
 */
// cflags: -I.
// variants: compute write read sleep poll flock child cond semaphore join stdio
// variants: recursive checked adaptive shared readers writer default-writer c11
// options: held_ms=100
// expect: blocking-under-lock suspect
// json: roles(f) == ["holds", "blocked", "waits"]
// json: f.stacks[0].frames[0].function == "take"
// json[compute]: f.stacks[1].running
// text[compute]: fix: Compute on a copy
// text[write]: fix: Release the lock before the call
// text[cond]: fix: Release the lock before waiting
// json[compute]: any(x.function == "compute" for x in f.stacks[1].frames)
// json[write]: f.stacks[1].call == "write"
// json[write]: any(x.function == "do_write" for x in f.stacks[1].frames)
// json[read]: f.stacks[1].call == "read"
// json[read]: any(x.function == "do_read" for x in f.stacks[1].frames)
// json[sleep]: f.stacks[1].call == "clock_nanosleep"
// json[sleep]: any(x.function == "do_sleep" for x in f.stacks[1].frames)
// json[poll]: f.stacks[1].call == "poll"
// json[poll]: any(x.function == "do_poll" for x in f.stacks[1].frames)
// json[flock]: f.stacks[1].call == "flock"
// json[flock]: any(x.function == "do_flock" for x in f.stacks[1].frames)
// json[child]: f.stacks[1].call == "wait4"
// json[child]: any(x.function == "do_child" for x in f.stacks[1].frames)
// json[cond]: f.stacks[1].object == "C1"
// json[cond]: any(x.function == "do_cond" for x in f.stacks[1].frames)
// json[semaphore]: f.stacks[1].object == "S1"
// json[semaphore]: any(x.function == "do_semaphore" for x in f.stacks[1].frames)
// json[join]: f.stacks[1].object[0] == "T"
// json[join]: any(x.function == "do_join" for x in f.stacks[1].frames)
// json[stdio]: f.stacks[1].call == "read"
// json[stdio]: any(x.function == "do_stdio" for x in f.stacks[1].frames)
// text: at that moment
#include <poll.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <threads.h>
#include "glimpse.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock;
static pthread_spinlock_t spin;
static mtx_t c11;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static const char *how;
static int ends[2], file, seen, told;
static volatile double value;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static int is_rwlock(void)
{
	return is("readers") || is("writer") || is("default-writer") || is("preferred-writer");
}

static void take(int reading)
{
	struct timespec limit = soon(CLOCK_REALTIME, 100000);
	if (is_rwlock())
		CHECK((reading ? pthread_rwlock_rdlock(&rwlock) : pthread_rwlock_wrlock(&rwlock)) ==
		      0);
	else if (is("c11"))
		CHECK(mtx_lock(&c11) == thrd_success);
	else if (is("spin"))
		CHECK(pthread_spin_lock(&spin) == 0);
	else if (is("timed") && seen)
		CHECK(pthread_mutex_timedlock(&mutex, &limit) == 0);
	else
		CHECK(pthread_mutex_lock(&mutex) == 0);
}

static void give(void)
{
	if (is_rwlock())
		CHECK(pthread_rwlock_unlock(&rwlock) == 0);
	else if (is("spin"))
		CHECK(pthread_spin_unlock(&spin) == 0);
	else if (is("c11"))
		CHECK(mtx_unlock(&c11) == thrd_success);
	else
		CHECK(pthread_mutex_unlock(&mutex) == 0);
}

static int is_told(void)
{
	return __atomic_load_n(&told, __ATOMIC_ACQUIRE);
}

static __attribute__((noinline)) void compute(void)
{
	while (!is_told())
		for (int i = 0; i < 1000; i++)
			value += i;
}

static __attribute__((noinline)) void do_write(void)
{
	char bytes[4096] = {0};
	for (int i = 0; i < 64; i++)
		CHECK(write(ends[1], bytes, sizeof bytes) == sizeof bytes);
}

static __attribute__((noinline)) void do_read(void)
{
	char byte;
	CHECK(read(ends[0], &byte, 1) == 1);
}

static __attribute__((noinline)) void do_sleep(void)
{
	while (!is_told())
		CHECK(usleep(300000) == 0);
}

static __attribute__((noinline)) void do_poll(void)
{
	struct pollfd p = {.fd = ends[0], .events = POLLIN};
	CHECK(poll(&p, 1, -1) == 1);
}

static __attribute__((noinline)) void do_flock(void)
{
	int again = open("/proc/self/exe", O_RDONLY);
	CHECK(again >= 0 && flock(again, LOCK_EX) == 0);
	CHECK(close(again) == 0);
}

static __attribute__((noinline)) void do_child(void)
{
	char byte;
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child) {
		CHECK(read(ends[0], &byte, 1) == 1);
		_exit(0);
	}
	CHECK(waitpid(child, NULL, 0) == child);
}

static __attribute__((noinline)) void do_cond(void)
{
	CHECK(pthread_mutex_lock(&inner) == 0);
	while (!told)
		CHECK(pthread_cond_wait(&cond, &inner) == 0);
	CHECK(pthread_mutex_unlock(&inner) == 0);
}

static __attribute__((noinline)) void do_semaphore(void)
{
	CHECK(sem_wait(&semaphore) == 0);
}

static void *end_when_told(void *unused)
{
	while (!is_told())
		sched_yield();
	return unused;
}

static __attribute__((noinline)) void do_join(void)
{
	pthread_t other;
	START(&other, end_when_told, NULL);
	JOIN(other);
}

static __attribute__((noinline)) void do_stdio(void)
{
	char line[16];
	FILE *f = fdopen(dup(ends[0]), "r");
	CHECK(f && fgets(line, sizeof line, f));
	CHECK(fclose(f) == 0);
}

static void (*deed(void))(void)
{
	return is("write")       ? do_write
	       : is("read")      ? do_read
	       : is("sleep")     ? do_sleep
	       : is("poll")      ? do_poll
	       : is("flock")     ? do_flock
	       : is("child")     ? do_child
	       : is("cond")      ? do_cond
	       : is("semaphore") ? do_semaphore
	       : is("join")      ? do_join
	       : is("stdio")     ? do_stdio
				 : compute;
}

static void *hold(void *unused)
{
	take(is("readers") || is("preferred-writer"));
	turn_next();
	deed()();
	give();
	return unused;
}

static void *wait_for_it(void *unused)
{
	turn_await(1);
	seen = 1;
	take(is("writer"));
	give();
	return unused;
}

/* Lets go whatever the holder is blocked in. */
static void let_go(void)
{
	char bytes[4096];
	CHECK(pthread_mutex_lock(&inner) == 0);
	__atomic_store_n(&told, 1, __ATOMIC_RELEASE);
	CHECK(pthread_cond_broadcast(&cond) == 0);
	CHECK(pthread_mutex_unlock(&inner) == 0);
	CHECK(sem_post(&semaphore) == 0);
	CHECK(flock(file, LOCK_UN) == 0);
	for (int i = 0; is("write") && i < 64; i++)
		for (size_t n = 0; n < sizeof bytes;)
			n += (size_t)read(ends[0], bytes + n, sizeof bytes - n);
	if (!is("write"))
		CHECK(write(ends[1], "x\n", 2) == 2);
}

static void prepare(void)
{
	pthread_mutexattr_t a;
	pthread_rwlockattr_t b;
	int preferred = is("preferred-writer") ? PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP
					       : PTHREAD_RWLOCK_DEFAULT_NP;
	CHECK(pthread_rwlockattr_init(&b) == 0);
	CHECK(pthread_rwlockattr_setkind_np(&b, preferred) == 0);
	CHECK(pthread_rwlock_init(&rwlock, &b) == 0 && pthread_spin_init(&spin, 0) == 0);
	CHECK(pipe(ends) == 0 && sem_init(&semaphore, 0, 0) == 0);
	CHECK(mtx_init(&c11, mtx_timed) == thrd_success);
	file = open("/proc/self/exe", O_RDONLY);
	CHECK(file >= 0 && flock(file, LOCK_EX) == 0);
	CHECK(pthread_mutexattr_init(&a) == 0);
	CHECK(pthread_mutexattr_settype(&a, is("recursive")  ? PTHREAD_MUTEX_RECURSIVE
					    : is("checked")  ? PTHREAD_MUTEX_ERRORCHECK
					    : is("adaptive") ? PTHREAD_MUTEX_ADAPTIVE_NP
							     : PTHREAD_MUTEX_NORMAL) == 0);
	CHECK(pthread_mutexattr_setpshared(&a, is("shared")) == 0);
	CHECK(pthread_mutexattr_setrobust(&a, is("robust")) == 0);
	CHECK(pthread_mutexattr_setprotocol(&a, is("lending") ? PTHREAD_PRIO_INHERIT
							      : PTHREAD_PRIO_NONE) == 0);
	CHECK(pthread_mutex_init(&mutex, &a) == 0);
}

int main(int argc, char **argv)
{
	pthread_t holder, waiter;
	how = argc > 1 ? argv[1] : "compute";
	prepare();
	START(&holder, hold, NULL);
	START(&waiter, wait_for_it, NULL);
	await_glimpses(1);
	let_go();
	JOIN(holder);
	JOIN(waiter);
	puts("done");
	return 0;
}
